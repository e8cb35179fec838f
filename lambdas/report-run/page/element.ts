import { type ComponentChild, createElement, type VNode } from 'preact';

export type Child = ComponentChild;

/** An element of the page, with its attributes and children; preact escapes whatever is in them. */
export function h(
  tag: string,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> | null,
  ...children: Child[]
): VNode {
  return createElement<Record<string, unknown>>(tag, { ...attributes }, ...children);
}

import { type ComponentChild, createElement, type VNode } from 'preact';

export type Child = ComponentChild;

/** Creates an element of the page; preact escapes its attributes and children. */
export function h(
  tag: string,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> | null,
  ...children: Child[]
): VNode {
  return createElement<Record<string, unknown>>(tag, { ...attributes }, ...children);
}

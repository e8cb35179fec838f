import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { z } from 'zod';
import cdk from '../../../cdk.json' with { type: 'json' };
import { createApp } from '../../../lib/stack/create-app.ts';

/** A resource, as far as the tests read it. */
export interface TemplateResource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}

export interface StackOptions {
  context?: Record<string, unknown>;
  environment?: Record<string, string>;
}

/** Where the test file's stacks are synthesized; one after the other, and read at once. */
const outFolder = mkdtempSync(join(tmpdir(), 'media-batch-template-'));
afterAll(() => rmSync(outFolder, { recursive: true }));

/** The app with the stack, without bundles and policy checks. */
export function appWith({ context, environment = {} }: StackOptions = {}) {
  return createApp(environment, {
    outdir: outFolder,
    context: { ...cdk.context, 'aws:cdk:bundling-stacks': [], ...context },
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
}

/** The stack's template. */
export function templateWith(options?: StackOptions): Template {
  return Template.fromStack(appWith(options).stack);
}

/** The resources of a type, by logical ID. */
export function resourcesOf(template: Template, type: string): [string, TemplateResource][] {
  return Object.entries(template.findResources(type)).map(([logicalId, resource]) => [
    logicalId,
    { Type: type, Properties: resource.Properties, DeletionPolicy: resource.DeletionPolicy },
  ]);
}

const statementSchema = z.object({
  Effect: z.string(),
  Action: z.union([z.string().transform((action) => [action]), z.array(z.string())]),
  Resource: z.union([z.array(z.unknown()), z.unknown().transform((resource) => [resource])]),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
const policySchema = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({ Statement: z.array(statementSchema) }),
});

/** One action that a role may use on one resource, with references written as `<LogicalId.Attribute>`. */
export interface Grant {
  role: string;
  action: string;
  resource: string;
  condition?: Record<string, Record<string, unknown>>;
}

/** Everything that the roles of a template may do. */
export function grantsOf(template: Template): Grant[] {
  return resourcesOf(template, 'AWS::IAM::Policy').flatMap(([, { Properties }]) => {
    const { Roles, PolicyDocument } = policySchema.parse(Properties);
    return PolicyDocument.Statement.flatMap(({ Action, Resource, Condition }) =>
      Roles.flatMap(({ Ref: role }) =>
        Action.flatMap((action) =>
          Resource.map((resource) => ({ role, action, resource: textOf(resource), condition: Condition })),
        ),
      ),
    );
  });
}

/** A value of the template with its references written as `<LogicalId>` and `<LogicalId.Attribute>`. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const reference = z
    .union([
      z.object({ Ref: z.string() }).transform(({ Ref }) => `<${Ref}>`),
      z
        .object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
        .transform((get) => `<${get['Fn::GetAtt'].join('.')}>`),
      z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).transform((join) => {
        const [separator, parts] = join['Fn::Join'];
        return parts.map(textOf).join(separator);
      }),
    ])
    .safeParse(value);
  return reference.data ?? JSON.stringify(value);
}

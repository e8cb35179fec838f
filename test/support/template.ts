import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { inject } from 'vitest';
import * as z from 'zod';
import { appWith } from '../lib/stack/stack-template.ts';

const resourceSchema = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() });
const templateSchema = z.looseObject({ Resources: z.record(z.string(), resourceSchema) });
const environmentSchema = z.looseObject({ Variables: z.record(z.string(), z.unknown()) });
const referenceSchema = z.object({ Ref: z.string() });
const listSchema = z.array(z.unknown()).optional();
const codeSchema = z.looseObject({ S3Key: z.string() });
const assetSchema = z.looseObject({
  source: z.looseObject({ path: z.string() }),
  destinations: z.record(z.string(), z.looseObject({ objectKey: z.string() })),
});
const assetsSchema = z.looseObject({ files: z.record(z.string(), assetSchema) });

type Resource = z.infer<typeof resourceSchema>;

/**
 * The stack with other environment variables in every function that has them (or in those of one step). Gives its
 * template.
 */
export function templateWith(variables: Record<string, string>, step = ''): string {
  return changedTemplate((resource, id) => {
    if (resource.Type !== 'AWS::Lambda::Function' || !id.includes(step)) return;
    const environment = environmentSchema.parse(resource.Properties?.Environment);
    for (const [name, value] of Object.entries(variables)) {
      if (name in environment.Variables) environment.Variables[name] = value;
    }
    resource.Properties = { ...resource.Properties, Environment: environment };
  });
}

/**
 * The stack with neither the schedule nor the rule that recovery runs, to look at what else clears up. Gives its
 * template.
 */
export function templateWithoutRecovery(templateFile = inject('templateFile')): string {
  return changedTemplate((resource, id) => {
    const isTrigger = resource.Type === 'AWS::Scheduler::Schedule' || resource.Type === 'AWS::Events::Rule';
    if (isTrigger && id.includes('Recovery')) resource.Properties = { ...resource.Properties, State: 'DISABLED' };
  }, templateFile);
}

/** The stack with this statement at the end of the bundles of some steps (`PollJob`). Gives its template. */
export function templateWithCode(steps: readonly string[], statement: string): string {
  return changedTemplate((resource, id, folder, { files }) => {
    if (resource.Type !== 'AWS::Lambda::Function' || !steps.some((step) => id.includes(step))) return;
    const code = codeSchema.parse(resource.Properties?.Code);
    const S3Key = `${shortHash(code.S3Key + statement)}.zip`;
    const asset = Object.values(files).find(({ destinations }) =>
      Object.values(destinations).some(({ objectKey }) => objectKey === code.S3Key),
    );
    if (asset === undefined) throw new Error(`The stack has no asset ${code.S3Key}.`);
    const path = `asset.${S3Key.replace('.zip', '')}`;
    cpSync(join(folder, asset.source.path), join(folder, path), { recursive: true });
    appendFileSync(join(folder, path, 'index.mjs'), `\n${statement}\n`);
    files[S3Key] = { source: { path }, destinations: { current: { objectKey: S3Key } } };
    resource.Properties = { ...resource.Properties, Code: { ...code, S3Key } };
  });
}

/** The stack as of a version that did not end its runs when it was deleted. Gives its template. */
export function templateWithoutOnDestroy(): string {
  return changedTemplate((resource, id, _folder, _assets, resources) => {
    if (resource.Type === 'Custom::OnDestroy') delete resources[id];
    const isOther = (value: unknown) => !/"Destroyed\w+"/.test(JSON.stringify(value));
    const Tags = listSchema.parse(resource.Properties?.Tags)?.filter(isOther);
    if (Tags) resource.Properties = { ...resource.Properties, Tags };
    if ('DependsOn' in resource) resource.DependsOn = listSchema.parse(resource.DependsOn)?.filter(isOther);
  });
}

type Change = (
  resource: Resource,
  id: string,
  folder: string,
  assets: z.infer<typeof assetsSchema>,
  resources: Record<string, Resource>,
) => void;

/** Keeps the roles of schedules from invoking their functions. */
export function denySchedules(resource: Resource, id: string): void {
  if (resource.Type !== 'AWS::IAM::Policy' || !id.startsWith('SchedulerRole')) return;
  const policySchema = z.looseObject({
    PolicyDocument: z.looseObject({ Statement: z.array(z.looseObject({ Action: z.unknown(), Effect: z.string() })) }),
  });
  const properties = policySchema.parse(resource.Properties);
  for (const statement of properties.PolicyDocument.Statement) {
    if (statement.Action === 'lambda:InvokeFunction') statement.Effect = 'Deny';
  }
  resource.Properties = properties;
}

/** The stack with further resources. Gives its template. */
export function templateWithResources(added: Readonly<Record<string, Resource>>): string {
  return changedTemplate(() => {}, inject('templateFile'), added);
}

/**
 * A template in a folder beside the one that is changed, so that a test with a stack of its own needs no synthesis, and
 * under its name, so that it is the same stack. What changes of a function changes the logical ID of its version, as
 * the CDK has it, so that a deploy publishes another one.
 */
export function changedTemplate(
  change: Change,
  whole = inject('templateFile'),
  added: Readonly<Record<string, Resource>> = {},
): string {
  const folder = mkdtempSync(join(dirname(whole), 'changed-'));
  const assets = assetsBeside(whole);
  const template = templateSchema.parse(JSON.parse(readFileSync(whole, 'utf8')));
  const before = structuredClone(template.Resources);
  for (const [id, resource] of Object.entries(template.Resources)) {
    change(resource, id, folder, assets, template.Resources);
  }
  Object.assign(template.Resources, added);
  let text = JSON.stringify(template);
  if (text === JSON.stringify({ ...template, Resources: before })) {
    throw new Error('Nothing in the template is what was to be changed.');
  }
  for (const [versionId, { Type, Properties }] of Object.entries(before)) {
    if (Type !== 'AWS::Lambda::Version') continue;
    const id = referenceSchema.parse(Properties?.FunctionName).Ref;
    const properties = JSON.stringify(template.Resources[id]?.Properties);
    if (properties === JSON.stringify(before[id]?.Properties)) continue;
    text = text.replaceAll(versionId, `${versionId}${shortHash(properties)}`);
  }
  return writtenTemplate(join(folder, basename(whole)), text, assets);
}

/**
 * The stack with other settings, and the functions of the one that is there, so that none has to be bundled. Gives its
 * template.
 */
export function templateWithSettings(context: Readonly<Record<string, string>>): string {
  const whole = inject('templateFile');
  const { Resources: bundled } = templateSchema.parse(JSON.parse(readFileSync(whole, 'utf8')));
  const { stack } = appWith({ context });
  const template = templateSchema.parse(Template.fromStack(stack).toJSON());
  for (const [id, resource] of Object.entries(template.Resources)) {
    const code = bundled[id]?.Properties?.Code;
    if (resource.Type === 'AWS::Lambda::Function' && code) resource.Properties = { ...resource.Properties, Code: code };
  }
  const folder = mkdtempSync(join(dirname(whole), 'settings-'));
  return writtenTemplate(
    join(folder, `${stack.stackName}.template.json`),
    JSON.stringify(template),
    assetsBeside(whole),
  );
}

/** The assets of a template as one in a folder beside it has them. */
function assetsBeside(templateFile: string): z.infer<typeof assetsSchema> {
  const assets = assetsSchema.parse(JSON.parse(readFileSync(assetsFileOf(templateFile), 'utf8')));
  for (const { source } of Object.values(assets.files)) source.path = join('..', source.path);
  return assets;
}

function writtenTemplate(file: string, text: string, assets: z.infer<typeof assetsSchema>): string {
  writeFileSync(file, text);
  writeFileSync(assetsFileOf(file), JSON.stringify(assets));
  return file;
}

function assetsFileOf(templateFile: string): string {
  return templateFile.replace('.template.', '.assets.');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

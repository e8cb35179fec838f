import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import * as z from 'zod';

const resourceSchema = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() });
const templateSchema = z.looseObject({ Resources: z.record(z.string(), resourceSchema) });
const environmentSchema = z.looseObject({ Variables: z.record(z.string(), z.unknown()) });

let changes = 0;

type Resource = z.infer<typeof resourceSchema>;

/** The stack with other environment variables in every function that has them (or in those of one step). Gives its template. */
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

/** The stack with neither the schedule nor the rule that sweep runs, to look at what else clears up. Gives its template. */
export function templateWithoutSweep(): string {
  return changedTemplate((resource, id) => {
    const isTrigger = resource.Type === 'AWS::Scheduler::Schedule' || resource.Type === 'AWS::Events::Rule';
    if (isTrigger && id.includes('Sweep')) resource.Properties = { ...resource.Properties, State: 'DISABLED' };
  });
}

/** A template beside the synthesized one, so that a test with a stack of its own needs no synthesis. */
function changedTemplate(change: (resource: Resource, id: string) => void): string {
  const whole = inject('templateFile');
  const template = templateSchema.parse(JSON.parse(readFileSync(whole, 'utf8')));
  const before = JSON.stringify(template);
  for (const [id, resource] of Object.entries(template.Resources)) change(resource, id);
  if (JSON.stringify(template) === before) throw new Error('Nothing in the template is what was to be changed.');
  changes += 1;
  const file = (kind: string) => join(dirname(whole), `Changed-${process.pid}-${changes}.${kind}.json`);
  copyFileSync(whole.replace('.template.', '.assets.'), file('assets'));
  writeFileSync(file('template'), JSON.stringify(template));
  return file('template');
}

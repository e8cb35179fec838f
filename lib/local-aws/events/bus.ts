import { randomUUID } from 'node:crypto';
import type { ServiceOptions } from '../service.ts';
import { parsePattern, type Test } from './pattern.ts';
import type { Queues } from './queues.ts';

/** An event of a service or an application. */
export interface ServiceEvent {
  source: string;
  'detail-type': string;
  resources: string[];
  detail: object;
}

export interface Rule {
  name: string;
  pattern: unknown;
  state: 'ENABLED' | 'DISABLED';
  /** Functions and queues, which get the whole event. */
  targets: { arn: string; deadLetterArn?: string | undefined }[];
}

/** Deliveries are best effort and at least once: every n-th is lost (1: all of them), every n-th comes twice. */
export interface EventScenario {
  lose?: number;
  double?: number;
}

export interface BusOptions extends Omit<ServiceOptions, 'dataFolder'> {
  scenario?: EventScenario | undefined;
  invokeLater(functionArn: string, event: string, ruleArn: string): void;
  queues: Pick<Queues, 'send' | 'bury'>;
}

const sender = 'events.amazonaws.com';

/** EventBridge's default bus: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-delivery-level.html */
export function createBus({ clock, accountId, region, scenario = {}, ...services }: BusOptions) {
  const { lose = Infinity, double = Infinity } = scenario;
  const rules = new Map<string, Rule & { matches: Test }>();
  const ruleArnOf = ({ name }: Rule) => `arn:aws:events:${region}:${accountId}:rule/${name}`;
  let deliveries = 0;

  function deliver(rule: Rule, { arn, deadLetterArn }: Rule['targets'][number], event: string): void {
    const from = { 'aws:SourceArn': ruleArnOf(rule) };
    deliveries += 1;
    if (deliveries % lose === 0) return;
    try {
      for (let copy = deliveries % double === 0 ? 2 : 1; copy > 0; copy -= 1) {
        if (arn.startsWith('arn:aws:sqs:')) services.queues.send(sender, arn, { body: event, attributes: {} }, from);
        else services.invokeLater(arn, event, ruleArnOf(rule));
      }
    } catch (error) {
      services.queues.bury(sender, deadLetterArn, { body: event, targetArn: arn, error }, from);
    }
  }

  return {
    /**
     * Adds a rule, or replaces the one of this name, and returns its ARN.
     *
     * @throws one sentence when its pattern is not simulated
     */
    putRule(rule: Rule): string {
      rules.set(rule.name, { ...rule, matches: parsePattern(rule.pattern) });
      return ruleArnOf(rule);
    },
    deleteRule: (name: string) => void rules.delete(name),
    /** Delivers an event to the targets of every matching rule, and returns its ID. The sender learns of no failure. */
    putEvent(event: ServiceEvent): string {
      const id = randomUUID();
      const time = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
      const json = JSON.stringify({ version: '0', id, account: accountId, time, region, ...event });
      for (const rule of rules.values()) {
        if (rule.state !== 'ENABLED' || !rule.matches(JSON.parse(json))) continue;
        for (const target of rule.targets) deliver(rule, target, json);
      }
      return id;
    },
  };
}

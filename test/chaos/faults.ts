import type { Intercept } from '../../lib/local-aws/endpoint.ts';
import { errorAnswers, loseAnswer, refuse, sendAgain } from './answers.ts';
import { type AwsCall, callOf } from './aws-call.ts';
import type { Chance } from './chance.ts';
import { type Flight, lostAnswer } from './flight.ts';

/** How often what goes wrong, each from 0 to 1. */
export interface FaultRates {
  /** Of all calls: a throttle, a 500, a request or an answer that is lost. */
  call: number;
  /** Of all calls: the same every time that the SDK tries again, so that the step sees it. */
  stuckCall: number;
  /** Of all invocations: killed, given up by the machine while the code goes on, slow, never begun, its answer lost. */
  invocation: number;
  /**
   * Of the invocations that send Create: killed after it, its answer lost for good, sent twice, given up just before
   * it.
   */
  create: number;
  /** Of the invocations that write an input to the root: given up just before it, killed after it, slow. */
  input: number;
}

const callFaults = ['throttle', 'error', 'no request', 'no answer'] as const;
const invocationFaults = ['kill', 'kill after', 'time out', 'zombie', 'slow', 'not begun', 'answer lost'] as const;
const createFaults = ['kill after', 'zombie', 'no answer', 'no answer', 'twice'] as const;
const inputFaults = ['kill after', 'zombie', 'zombie', 'slow'] as const;
type Fault = (typeof callFaults | typeof invocationFaults | typeof createFaults)[number];

const maxPauseMs = 15 * 60_000;
/** A fault of an invocation strikes each call with this probability, so that it may also never come. */
const strikes = 0.2;
/** Polls are most of all invocations, and the least of what can go wrong. */
const weights = { poll: 0.3, other: 2 };

export interface FaultsOptions {
  chance: Chance;
  rates: FaultRates;
  flightOf(userAgent?: string): Flight | undefined;
  endpoint(): string;
  note(...what: string[]): void;
}

/** What goes wrong between the functions and AWS. */
export function createFaultsOf({ chance, rates, flightOf, endpoint, note }: FaultsOptions) {
  let stopped = false;
  const planned = new Map<Flight, Fault>();

  function onTakeOff(flight: Flight): void {
    // It serves the deployment, which is no part of the story.
    if (flight.functionName.includes('OnDestroy')) return;
    const weight = flight.functionName.includes('PollJob') ? weights.poll : weights.other;
    if (stopped || !chance.happens(rates.invocation * weight, 'invocation', flight.name)) return;
    const fault = chance.pick(invocationFaults, 'invocation fault', flight.name);
    if (fault !== 'not begun' && fault !== 'answer lost') planned.set(flight, fault);
    else note(fault, flight.name);
    if (fault === 'not begun') flight.fail('Lambda.TooManyRequestsException', 'Rate exceeded');
    if (fault === 'answer lost') flight.loseAnswer();
  }

  /** What befalls a call, which is the `count`-th of its name in its invocation. */
  function faultOf(flight: Flight, { name, operation }: AwsCall, count: number): Fault | undefined {
    if (stopped) return undefined;
    const each = `${name} ${count}`;
    const ofInvocation = planned.get(flight);
    if (ofInvocation && chance.happens(strikes, 'strike', flight.name, each)) {
      planned.delete(flight);
      return ofInvocation;
    }
    if (operation === 'Create' && chance.happens(rates.create, 'create', flight.name)) {
      const fault = chance.pick(createFaults, 'create fault', flight.name);
      // What is lost for good is lost at every try, the rest happens once.
      if (fault === 'no answer' || count === 1) return fault;
    }
    const isInput = operation === 'PUT' && name.includes('batch_input_');
    if (isInput && count === 1 && chance.happens(rates.input, 'input', flight.name)) {
      return chance.pick(inputFaults, 'input fault', flight.name);
    }
    if (chance.happens(rates.stuckCall, 'stuck', flight.name, name)) return chance.pick(callFaults, 'stuck', name);
    return chance.happens(rates.call, 'call', flight.name, each) ? chance.pick(callFaults, 'fault', each) : undefined;
  }

  function pauseOf({ name }: Flight): number {
    return chance.between(1_000, chance.pick([maxPauseMs / 3, maxPauseMs], 'long pause', name), 'pause', name);
  }

  const intercept: Intercept = async ({ http, response, turn }, serve) => {
    const flight = flightOf(http.headers['user-agent']);
    if (!flight) return serve(http);
    await flight.thawed(turn);
    const call = callOf(http);
    const count = flight.count(call.name);
    const { throttle, error } = errorAnswers[call.service];
    const fault = flight.isDead() ? 'kill' : faultOf(flight, call, count);
    if (fault && !flight.isDead()) note(fault, flight.name, call.name, `${count}`);
    // What only reads has no work that could be done without its answer.
    const isRead = http.method === 'GET' || http.method === 'HEAD';
    switch (fault) {
      case 'throttle':
        return refuse(http, response, call.service, throttle);
      case 'error':
        return refuse(http, response, call.service, error);
      case 'no request':
        return void response.destroy();
      case 'no answer':
        if (isRead) return void response.destroy();
        loseAnswer(response);
        break;
      case 'kill after':
        flight.kill('Runtime.ExitError');
        loseAnswer(response);
        break;
      case 'kill':
        flight.kill('Runtime.ExitError');
        break;
      case 'zombie':
        flight.fail(...lostAnswer);
        flight.freeze(pauseOf(flight));
        break;
      case 'slow':
        flight.freeze(pauseOf(flight));
        break;
      case 'time out':
        flight.freeze(maxPauseMs);
        break;
      case 'twice':
        return serve(await sendAgain(http, endpoint()));
    }
    await flight.thawed(turn);
    if (flight.isDead() && fault !== 'kill after') return refuse(http, response, call.service, ['Killed', 400]);
    return serve(http);
  };

  return {
    intercept,
    onTakeOff,
    /** From now on nothing goes wrong any more. */
    stop(): void {
      stopped = true;
    },
  };
}

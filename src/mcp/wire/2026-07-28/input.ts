/** Questions to the client inside of results (2026-07-28, multi round-trip requests). */
import { eachMember, locate, type Span } from '../json-text.ts';
import { isObject } from '../jsonrpc.ts';

/** A question as its server wrote it. */
export interface InputRequest {
  readonly method: string;
  /** JSON text, or '' for none. */
  readonly params: string;
}

/** What a result of type `input_required` asks for. */
export interface InputRequired {
  readonly requests: ReadonlyMap<string, InputRequest>;
  /** JSON text of the state to send back, or ''. */
  readonly requestState: string;
}

/** The capability of a client that a question needs; undefined for questions that do not exist. */
export const inputCapabilities: ReadonlyMap<string, string> = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
]);

/** Reads a result of type `input_required`; null when it asks for nothing that makes sense. */
export function readInputRequired(result: string, value: unknown): InputRequired | null {
  const requests = new Map<string, InputRequest>();
  const parsed = isObject(value) ? value['inputRequests'] : undefined;
  if (parsed !== undefined && !isObject(parsed)) return null;
  const at = lastAt(result, 0, ['inputRequests']);
  let sound = true;
  if (at !== null) {
    eachMember(result, at.start, (key, start) => {
      const method = isObject(parsed) && isObject(parsed[key]) ? parsed[key]['method'] : undefined;
      if (typeof method !== 'string' || !inputCapabilities.has(method)) {
        sound = false;
        return;
      }
      const params = lastAt(result, start, ['params']);
      requests.set(key, { method, params: params === null ? '' : result.slice(params.start, params.end) });
    });
  }
  const state = lastAt(result, 0, ['requestState']);
  if (!sound || (requests.size === 0 && state === null)) return null;
  return { requests, requestState: state === null ? '' : result.slice(state.start, state.end) };
}

/** A result that asks for input; `state` is a plain string. */
export function inputRequiredText(requests: ReadonlyMap<string, InputRequest>, state: string): string {
  const asked = [...requests].map(([key, { method, params }]) => {
    const tail = params === '' ? '' : `,"params":${params}`;
    return `${JSON.stringify(key)}:{"method":${JSON.stringify(method)}${tail}}`;
  });
  const requestsText = asked.length === 0 ? '' : `"inputRequests":{${asked.join()}},`;
  return `{"resultType":"input_required",${requestsText}"requestState":${JSON.stringify(state)}}`;
}

/** Params of a retry: with the answers (JSON texts by key) and the state as it came. */
export function withInput(params: string, answers: ReadonlyMap<string, string>, state: string): string {
  const responses = [...answers].map(([key, answer]) => `${JSON.stringify(key)}:${answer}`);
  const added = [
    ...(answers.size === 0 ? [] : [`"inputResponses":{${responses.join()}}`]),
    ...(state === '' ? [] : [`"requestState":${state}`]),
  ];
  const own = params === '' ? '{}' : withoutInput(params);
  const rest = own.slice(own.indexOf('{') + 1);
  return rest.trimStart().startsWith('}') ? `{${added.join()}${rest}` : `{${[...added, rest].join()}`;
}

/** Params without what a retry adds. */
export function withoutInput(params: string): string {
  if (!params.includes('"inputResponses"') && !params.includes('"requestState"')) return params;
  const kept: string[] = [];
  eachMember(params, params.indexOf('{'), (key, start, end) => {
    if (key !== 'inputResponses' && key !== 'requestState')
      kept.push(`${JSON.stringify(key)}:${params.slice(start, end)}`);
  });
  return `{${kept.join()}}`;
}

/** The answers that a retry brings, as JSON texts by key. */
export function readInputResponses(params: string): Map<string, string> {
  const answers = new Map<string, string>();
  const at = lastAt(params, 0, ['inputResponses']);
  if (at !== null && params.charCodeAt(at.start) === 123) {
    eachMember(params, at.start, (key, start, end) => answers.set(key, params.slice(start, end)));
  }
  return answers;
}

function lastAt(text: string, at: number, path: readonly string[]): Span | null {
  const spans: Span[] = [];
  locate(text, at, path, spans);
  return spans.at(-1) ?? null;
}

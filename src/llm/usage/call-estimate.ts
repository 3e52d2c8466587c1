import type { JsonRecord } from '../json/parse.ts';
import { loadTokenizer } from '../operations/count-tokens/tokenizer.ts';

/** What a call may use, before it is made. */
export interface CallEstimate {
  /** Tokens of the request, about. */
  readonly input: number;
  /** Most tokens that it lets the answer have; 0: it does not say. */
  readonly output: number;
  /** `input` was counted by a tokenizer. */
  readonly counted: boolean;
}

/** Characters of a token, on average: what every tokenizer comes near for text and code. */
const CHARACTERS_PER_TOKEN = 4;
/** Tokens around a text: a turn, a part, a tool. */
const PER_TEXT = 1;
/** An image of 1024 × 1024 at high detail (OpenAI, "Images and vision"); other media are taken to cost as much. */
const PER_MEDIUM = 765;
/** Members that say how long an answer may be, in the request itself and in those of its members that formats have. */
const outputMembers = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'maxOutputTokens', 'maxTokens'];
const settingsMembers = ['generationConfig', 'inferenceConfig'];
const countMembers = ['n', 'candidateCount'];

const medium = /^(?:data:[^,]{0,100},|[A-Za-z0-9+/_-]{512})/;

/** About what a request in any format may use, from its length; no tokenizer is needed. */
export function estimateCall(json: JsonRecord): CallEstimate {
  const texts = textsOf(json);
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const input = Math.ceil(characters / CHARACTERS_PER_TOKEN) + PER_TEXT * texts.length + mediaOf(json);
  return { input, output: outputOf(json), counted: false };
}

/** {@link estimateCall} with its texts counted by a tokenizer, which is loaded at the first call. */
export async function countCall(json: JsonRecord): Promise<CallEstimate> {
  const count = await loadTokenizer();
  const texts = textsOf(json);
  const input = count(texts.join('\n')) + PER_TEXT * texts.length + mediaOf(json);
  return { input, output: outputOf(json), counted: true };
}

function outputOf(json: JsonRecord): number {
  const places = [json, ...settingsMembers.map((name) => json[name]).filter(isRecord)];
  const most = Math.max(0, ...places.flatMap((place) => outputMembers.map((name) => numberOf(place[name]))));
  const answers = Math.max(1, ...places.flatMap((place) => countMembers.map((name) => numberOf(place[name]))));
  return most * answers;
}

function textsOf(json: JsonRecord): string[] {
  const texts: string[] = [];
  visit(json, (text) => {
    if (!medium.test(text)) texts.push(text);
  });
  return texts;
}

function mediaOf(json: JsonRecord): number {
  let media = 0;
  visit(json, (text) => {
    if (medium.test(text)) media += PER_MEDIUM;
  });
  return media;
}

/** All strings of a JSON value. It is no deeper than the parser allows, but may be as deep: no recursion. */
function visit(root: unknown, onText: (text: string) => void): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') onText(value);
    else if (Array.isArray(value)) for (const part of value) open.push(part);
    else if (isRecord(value)) for (const part of Object.values(value)) open.push(part);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

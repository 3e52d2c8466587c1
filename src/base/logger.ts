/** Diagnostic logs (not the access log): one line each to a sink, level changeable while running. */
import { wallMs } from './clock.ts';

const ranks = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, off: 5 } as const;

/** Severity of a line; `off` silences the logger. */
export type LogLevel = keyof typeof ranks;

/** All levels, the most talkative first. */
export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'off'];

/** Values that a line may carry; secrets never. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where formatted lines (without the newline) go. */
export type LogSink = (line: string) => void;

/** Writes lines of at least its level to its sink. */
export class Logger {
  #rank: number;
  #format: 'text' | 'json';
  readonly #sink: LogSink;

  constructor(sink: LogSink, level: LogLevel = 'info', format: 'text' | 'json' = 'text') {
    this.#sink = sink;
    this.#rank = ranks[level];
    this.#format = format;
  }

  /** Changes the level from now on. */
  setLevel(level: LogLevel): void {
    this.#rank = ranks[level];
  }

  /** Changes the line format from now on. */
  setFormat(format: 'text' | 'json'): void {
    this.#format = format;
  }

  /** True when a line of `level` would be written; guard costly fields with it. */
  enabled(level: LogLevel): boolean {
    return ranks[level] >= this.#rank;
  }

  /** A line of level `debug`; likewise the others. */
  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (!this.enabled(level)) return;
    const time = new Date(wallMs()).toISOString();
    this.#sink(
      this.#format === 'json' ? jsonLine(time, level, message, fields) : textLine(time, level, message, fields),
    );
  }
}

/** True when `text` names a level. */
export function isLogLevel(text: string): text is LogLevel {
  return Object.hasOwn(ranks, text);
}

function jsonLine(time: string, level: string, message: string, fields?: LogFields): string {
  return JSON.stringify({ time, level, message, ...fields });
}

function textLine(time: string, level: string, message: string, fields?: LogFields): string {
  let line = `${time} ${level.padEnd(5)} ${escapeControls(message)}`;
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value !== undefined) line += ` ${name}=${textValue(value)}`;
  }
  return line;
}

/** A value as `key=value` text wants it: bare when it has no blanks or quotes, JSON otherwise. */
function textValue(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return /^[!#-<>-~]+$/.test(value) ? value : JSON.stringify(value);
}

/** Keeps a message on one line, whatever it quotes. */
function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

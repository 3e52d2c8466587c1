import { jsonValue, textValue } from './value.ts';
import type { LogValue } from './value.ts';

/**
 * Makes one line (without its newline) from the values of its fields, in the order of the names it was made with; values
 * that are absent leave their field out.
 */
export type LineFormat = (time: string, values: readonly LogValue[]) => string;

/**
 * The format of lines with these fields. Text is what agentgateway writes: time, level and `request` between tabs, then
 * `name=value` fields; JSON has `level`, `time` and `scope` before them.
 */
export function lineFormat(kind: 'text' | 'json', names: readonly string[]): LineFormat {
  return kind === 'json' ? jsonLine(names) : textLine(names);
}

function textLine(names: readonly string[]): LineFormat {
  const heads = names.map((name) => ` ${name.replace(/[^!#-<>-~]/g, '_')}=`);
  return (time, values) => {
    let line = `${time}\tinfo\trequest`;
    for (let i = 0; i < heads.length; i++) {
      const value = values[i];
      if (value !== undefined && value !== null) line += heads[i]! + textValue(value);
    }
    return line;
  };
}

function jsonLine(names: readonly string[]): LineFormat {
  const heads = names.map((name) => `,${jsonValue(name)}:`);
  return (time, values) => {
    let line = `{"level":"info","time":"${time}","scope":"request"`;
    for (let i = 0; i < heads.length; i++) {
      const value = values[i];
      if (value !== undefined && value !== null) line += heads[i]! + jsonValue(value);
    }
    return `${line}}`;
  };
}

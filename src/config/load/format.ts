import type { ConfigWarning } from './parse-config.ts';

/** Errors or warnings as text: `file:line:column: path: message` each, and under it the line with the place marked. */
export function formatErrors(items: readonly ConfigWarning[]): string {
  return items.map(formatOne).join('\n');
}

function formatOne(item: ConfigWarning): string {
  const head = `${item.file}:${item.line}:${item.column}: ${item.path}: ${item.message}`;
  const { text, start, length } = item.excerpt;
  if (text.trim() === '') return head;
  const margin = String(item.line).padStart(5);
  // Tabs stay tabs, so that the mark stands under its place.
  const indent = text.slice(0, start).replace(/[^\t]/g, ' ');
  return `${head}\n${margin} | ${text}\n${' '.repeat(margin.length)} | ${indent}${'^'.repeat(length)}`;
}

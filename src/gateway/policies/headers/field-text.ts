import { isFieldValue } from '../../../net/http/fields.ts';

const beyondAscii = /[^\x00-\x7f]/;
const beyondLatin1 = /[^\x00-\xff]/;

/**
 * A configured text as a field value, in UTF-8 with one code unit per byte (RFC 9110 §5.5 obs-text); blanks at its ends
 * go. Throws where a control character would end the field.
 */
export function configuredValue(name: string, text: string): string {
  const trimmed = text.trim();
  const value = beyondAscii.test(trimmed) ? utf8(trimmed) : trimmed;
  if (!isFieldValue(value)) throw new Error(`the value of ${name} holds a character that a header cannot carry`);
  return value;
}

/**
 * What an expression yields as a field value; undefined where it could not stand in a header. Bytes of a client's field
 * pass as they came; other text is written in UTF-8.
 */
export function computedValue(text: string): string | undefined {
  const value = beyondLatin1.test(text) ? utf8(text) : text;
  return isFieldValue(value) ? value : undefined;
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

import { tokenCharacters } from '../http/fields.ts';

/** {@link tokenClass}: an upper-case letter of a token. */
export const UPPER = 2;

/** 0: not a token character; 1: a token character; {@link UPPER}: an upper-case letter. */
export const tokenClass: Uint8Array = new Uint8Array(256);
for (const character of tokenCharacters) {
  tokenClass[character.charCodeAt(0)] = character >= 'A' && character <= 'Z' ? UPPER : 1;
}

/** 1 for bytes of a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5). */
export const valueClass: Uint8Array = new Uint8Array(256).fill(1, 0x20);
valueClass[0x09] = 1;
valueClass[0x7f] = 0;

/** 1 for bytes of a request target: visible ASCII, without `#` (a fragment is never sent, RFC 9112 §3.2). */
export const targetClass: Uint8Array = new Uint8Array(256).fill(1, 0x21, 0x7f);
targetClass[0x23] = 0;

/** Value of a hexadecimal digit, or 255. */
export const hexValue: Uint8Array = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit += 1) {
  const text = digit.toString(16);
  hexValue[text.charCodeAt(0)] = digit;
  hexValue[text.toUpperCase().charCodeAt(0)] = digit;
}

/** The smallest media that are what they say. */

/** A PNG image of one red pixel, in base64. */
export const pixel: string =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';

/** A WAV file without samples, in base64. */
export const silence: string = Buffer.concat([
  Buffer.from('RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0', 'latin1'),
  Buffer.from('401f0000803e000002001000', 'hex'),
  Buffer.from('data\0\0\0\0', 'latin1'),
]).toString('base64');

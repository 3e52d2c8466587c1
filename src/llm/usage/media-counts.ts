import { isJsonRecord } from '../json/parse.ts';
import type { PivotUsage } from '../pivot/response.ts';

type MediaCounts = Pick<PivotUsage, 'inputAudio' | 'inputImage' | 'outputAudio' | 'outputImage'>;

/** Tokens of sound and pictures in OpenAI's `*_tokens_details`. */
export function detailedMedia(input: unknown, output: unknown): MediaCounts {
  return {
    ...some('inputAudio', isJsonRecord(input) ? input['audio_tokens'] : null),
    ...some('inputImage', isJsonRecord(input) ? input['image_tokens'] : null),
    ...some('outputAudio', isJsonRecord(output) ? output['audio_tokens'] : null),
    ...some('outputImage', isJsonRecord(output) ? output['image_tokens'] : null),
  };
}

/** The same in Google's `*TokensDetails`: a list of `{ modality, tokenCount }`. */
export function modalMedia(input: unknown, output: unknown): MediaCounts {
  return {
    ...some('inputAudio', ofModality(input, 'AUDIO')),
    ...some('inputImage', ofModality(input, 'IMAGE')),
    ...some('outputAudio', ofModality(output, 'AUDIO')),
    ...some('outputImage', ofModality(output, 'IMAGE')),
  };
}

function ofModality(details: unknown, modality: string): unknown {
  if (!Array.isArray(details)) return null;
  const found: unknown = details.find((detail) => isJsonRecord(detail) && detail['modality'] === modality);
  return isJsonRecord(found) ? found['tokenCount'] : null;
}

function some(name: keyof MediaCounts, value: unknown): MediaCounts {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? { [name]: value } : {};
}

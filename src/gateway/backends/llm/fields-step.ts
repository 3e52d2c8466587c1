import type { ProviderCall } from '../../../llm/providers/adapter.ts';
import { moveClientKey } from '../../../llm/providers/client-key.ts';
import { usualKeyLocation } from '../../../llm/providers/table.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Attempt } from './attempt.ts';

/** Changes the fields of a request to what its provider takes. */
export type FieldsStep = (fields: HeaderList) => void;

/**
 * What becomes of the fields: the client's credential to its place, then what the platform wants; null: nothing.
 *
 * @param dropped Is told what of them is left out.
 */
export function fieldsStep(
  call: ProviderCall,
  { traits, provider, movesKey }: Attempt,
  dropped: string[],
): FieldsStep | null {
  // Clients of a provider's own API, or of OpenAI's, have their key where it looks.
  const moves = movesKey && (call.translated || traits.keyLocation !== undefined);
  if (!moves && traits.finishFields === undefined) return null;
  return (fields) => {
    if (moves) moveClientKey(fields, (key) => usualKeyLocation(provider.kind, key));
    traits.finishFields?.(call, fields, dropped);
  };
}

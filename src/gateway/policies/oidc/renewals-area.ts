import { boardBytes, type BoardShape } from '../../../telemetry/shared/text-board.ts';
import { areaPrefix } from '../../rate-limit/areas.ts';

/** Renewals that workers can have in common at once, each a sealed session as long as cookies may hold. */
export const renewalsShape: BoardShape = { slots: 64, longest: 24_576, evicts: false };

/** Name and size of the memory where workers tell each other which sessions they renew. */
export const renewalsArea: { readonly name: string; readonly bytes: number } = {
  name: `${areaPrefix}oidc renewals`,
  bytes: boardBytes(renewalsShape),
};

import { ExchangeSlot } from '../exchange-slot.ts';

/** Which models a client may use, by the name that it asks for. */
export type ModelGrant = (name: string) => boolean;

/** The models that the client of an exchange may use; nothing: all. */
export const grantedModels: ExchangeSlot<ModelGrant> = new ExchangeSlot();

import type { Entity } from './entities.ts';
import type { CedarRecord, EntityUid } from './values/value.ts';

/** What a decision is about. */
export interface CedarRequest {
  readonly principal: Entity;
  readonly action: EntityUid;
  readonly resource: Entity;
  readonly context: CedarRecord;
}

/** A request while policies are evaluated: with every entity that there is. */
export interface Evaluation extends CedarRequest {
  /** The entity of a name: of the request, or of the configuration. */
  entity(uid: EntityUid): Entity | undefined;
}

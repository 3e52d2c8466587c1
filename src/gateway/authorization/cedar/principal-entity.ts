import type { Entity, EntityStore } from '../../../expr/cedar/entities.ts';
import { CedarSet, EntityUid, emptyRecord, type CedarValue } from '../../../expr/cedar/values/value.ts';
import type { CedarSpec } from '../../../model/policies/authorization.ts';
import type { Principal } from '../../principal.ts';
import { scopesOf } from '../../tokens/scopes.ts';
import { jsonValue, JsonRecord, TagRecord, textsOf } from './json-value.ts';
import { LazyRecord, type Fields } from './lazy-record.ts';

/** A principal with what its groups and roles were found to be. */
interface Known {
  readonly principal: Principal;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

/** The type of entity that each kind of proof makes. */
const types: Readonly<Record<Principal['kind'], 'User' | 'ApiKey' | 'Certificate'>> = {
  jwt: 'User',
  oidc: 'User',
  introspection: 'User',
  basic: 'User',
  apiKey: 'ApiKey',
  certificate: 'Certificate',
};

const claim =
  (name: string) =>
  ({ principal }: Known): CedarValue | undefined =>
    typeof principal.claims[name] === 'string' ? principal.claims[name] : undefined;

/** What every principal has. */
const common: Fields<Known> = {
  kind: ({ principal }) => principal.kind,
  groups: ({ groups }) => new CedarSet(groups),
  roles: ({ roles }) => new CedarSet(roles),
  scopes: ({ principal }) => new CedarSet(scopesOf(principal.claims)),
};

const fields: Readonly<Record<'User' | 'ApiKey' | 'Certificate', Fields<Known>>> = {
  User: {
    ...common,
    subject: ({ principal }) => subjectOf(principal),
    issuer: ({ principal }) => principal.issuer,
    email: claim('email'),
    name: claim('name'),
    claims: ({ principal }) => new JsonRecord(principal.claims),
  },
  ApiKey: { ...common, metadata: ({ principal }) => new JsonRecord(principal.claims) },
  Certificate: {
    ...common,
    subject: claim('subject'),
    issuer: claim('issuer'),
    spiffeId: claim('spiffeId'),
    subjectAltNames: ({ principal }) => jsonValue(principal.claims['subjectAltNames']),
  },
};

const nothing = new CedarSet([]);

/** Who has proved nothing. */
const anonymous: Entity = {
  uid: new EntityUid('Anonymous', 'anonymous'),
  attributes: new LazyRecord(
    { kind: () => 'anonymous', groups: () => nothing, roles: () => nothing, scopes: () => nothing },
    null,
  ),
  ancestors: new Set(),
  tags: emptyRecord,
};

/** Makes entities of principals: their type, their attributes, the groups and roles that they are in. */
export class PrincipalEntities {
  readonly #store: EntityStore;
  readonly #spec: Pick<CedarSpec, 'groupClaims' | 'roleClaims'>;
  /** By claims: those of a token that is remembered are the same object each time. */
  readonly #made: WeakMap<object, { readonly id: string; readonly entity: Entity }> = new WeakMap();

  constructor(store: EntityStore, spec: Pick<CedarSpec, 'groupClaims' | 'roleClaims'>) {
    this.#store = store;
    this.#spec = spec;
  }

  of(principal: Principal | null): Entity {
    if (principal === null) return anonymous;
    const made = this.#made.get(principal.claims);
    if (made !== undefined && made.id === principal.id) return made.entity;
    const entity = this.#make(principal);
    this.#made.set(principal.claims, { id: principal.id, entity });
    return entity;
  }

  #make(principal: Principal): Entity {
    const { claims, id, kind } = principal;
    const groups = this.#spec.groupClaims.flatMap((path) => textsOf(at(claims, path)));
    const roles = this.#spec.roleClaims.flatMap((path) => textsOf(at(claims, path)));
    const type = types[kind];
    const uid = new EntityUid(type, id);
    const parents = [
      ...groups.map((name) => new EntityUid('Group', name)),
      ...roles.map((name) => new EntityUid('Role', name)),
    ];
    return {
      uid,
      attributes: new LazyRecord(fields[type], { principal, groups, roles }),
      ancestors: this.#store.ancestors(uid, parents),
      tags: new TagRecord(claims),
    };
  }
}

function subjectOf({ claims, id }: Principal): string {
  const { sub, username } = claims as { readonly sub?: unknown; readonly username?: unknown };
  if (typeof sub === 'string') return sub;
  return typeof username === 'string' ? username : id;
}

function at(claims: unknown, path: readonly string[]): unknown {
  let value = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

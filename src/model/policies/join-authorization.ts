import type { AuthorizationSpec } from './authorization.ts';

/** Rules and policies of all levels as one set; what they say of one entity counts together. */
export function joinAuthorization(levels: readonly AuthorizationSpec[]): AuthorizationSpec {
  const cedars = levels.map(({ cedar }) => cedar).filter((cedar) => cedar !== undefined);
  return {
    rules: levels.flatMap(({ rules }) => rules),
    ...(cedars.length === 0
      ? {}
      : {
          cedar: {
            policies: cedars.flatMap(({ policies }) => policies),
            entities: cedars.flatMap(({ entities }) => entities),
            groupClaims: cedars.flatMap(({ groupClaims }) => groupClaims),
            roleClaims: cedars.flatMap(({ roleClaims }) => roleClaims),
          },
        }),
  };
}

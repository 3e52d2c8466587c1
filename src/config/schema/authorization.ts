/** Who may do what. */

import { beyond } from './beyond.ts';
import { fileRef, rule, type FileRef, type Rule } from './common.ts';
import { listOf } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { anyObject, name, text } from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** A text of Cedar, or the file or folder that has it. */
export type CedarText = string | FileRef;

const cedarText: Schema<CedarText> = union(text, fileRef);

/** Entities in Cedar's JSON format, or the file that has them. */
export type CedarEntities = readonly Readonly<Record<string, unknown>>[] | FileRef;

const cedarEntities: Schema<CedarEntities> = union(listOf(anyObject), fileRef);

/** Authorization with Cedar. */
export interface Cedar {
  readonly policies: CedarText;
  readonly schema?: CedarText;
  readonly entities?: CedarEntities;
  readonly groupClaims: readonly string[];
  readonly roleClaims: readonly string[];
}

const cedar: Schema<Cedar> = object<Cedar>('Cedar', 'Authorization with Cedar.', {
  policies: required(cedarText, 'The policies: Cedar text, a file, or a folder whose *.cedar files count together.'),
  schema: optional(cedarText, "Declarations beside those of Waygate's schema, or in their place."),
  entities: optional(cedarEntities, "What policies are to know beside the request's own entities."),
  groupClaims: defaulted(listOf(name), ['groups'], 'Claims that name the groups of a principal.'),
  roleClaims: defaulted(listOf(name), ['roles', 'realm_access.roles'], 'Claims that name its roles.'),
});

/** Who may do what: rules over CEL expressions, Cedar policies, or both. */
export interface Authorization {
  readonly rules?: readonly Rule[];
  readonly cedar?: Cedar;
}

export const authorization: Schema<Authorization> = object<Authorization>(
  'Authorization',
  'Who may do what: rules over CEL expressions, Cedar policies, or both.',
  {
    rules: optional(listOf(rule), 'The rules; a rule that is text alone allows.'),
    cedar: beyond('routes[].policies.authorization.cedar', cedar),
  },
  {
    rule(value, report) {
      if (value.rules === undefined && value.cedar === undefined)
        report({ problem: 'missing', expected: 'rules' }, ['rules']);
    },
  },
);

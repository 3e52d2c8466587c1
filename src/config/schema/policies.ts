/** Policies attached to named things. */

import { literals } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, port } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { routePolicies, type RoutePolicies } from './route-policies.ts';

/** A name in a namespace. */
interface ResourceName {
  readonly name: string;
  readonly namespace: string;
}

const resourceName: Schema<ResourceName> = object<ResourceName>('ResourceName', 'A name in a namespace.', {
  name: required(text, 'The name.'),
  namespace: required(text, 'The namespace.'),
});

/** A gateway or one of its listeners. */
export interface ListenerTarget {
  readonly gatewayName: string;
  readonly gatewayNamespace: string;
  readonly listenerName?: string;
  readonly port?: number;
}

const listenerTarget: Schema<ListenerTarget> = object<ListenerTarget>(
  'ListenerTarget',
  'A gateway or one of its listeners.',
  {
    gatewayName: required(text, 'Name of the gateway.'),
    gatewayNamespace: required(text, 'Its namespace.'),
    listenerName: optional(text, 'Name of the listener.'),
    port: optional(port, 'Port of the listener.'),
  },
);

/** A route or one of its rules. */
export interface RouteTarget {
  readonly name: string;
  readonly namespace: string;
  readonly ruleName?: string;
  readonly kind?: string;
}

const routeTarget: Schema<RouteTarget> = object<RouteTarget>('RouteTarget', 'A route or one of its rules.', {
  name: required(text, 'Name of the route.'),
  namespace: required(text, 'Its namespace.'),
  ruleName: optional(text, 'Name of the rule.'),
  kind: optional(text, 'Kind of the route.'),
});

/** A named backend. */
interface BackendName {
  readonly name: string;
  readonly namespace: string;
  readonly section?: string;
}

const backendName: Schema<BackendName> = object<BackendName>('BackendName', 'A named backend.', {
  name: required(text, 'Its name.'),
  namespace: required(text, 'Its namespace.'),
  section: optional(text, 'A part of it, such as a provider.'),
});

/** A service. */
interface ServiceName {
  readonly hostname: string;
  readonly namespace: string;
  readonly port?: number;
}

const serviceName: Schema<ServiceName> = object<ServiceName>('ServiceName', 'A service.', {
  hostname: required(text, 'Its host name.'),
  namespace: required(text, 'Its namespace.'),
  port: optional(port, 'One of its ports.'),
});

/** The kinds of {@link BackendTargetKind}. */
interface BackendTargetKindKinds {
  readonly backend: BackendName;
  readonly service: ServiceName;
}

/** A backend or a service. */
type BackendTargetKind = OneOf<BackendTargetKindKinds>;

const backendTargetKind: Schema<BackendTargetKind> = oneOfKeys<BackendTargetKindKinds>(
  'BackendTargetKind',
  'A backend or a service.',
  {
    backend: required(backendName, 'A named backend.'),
    service: required(serviceName, 'A service.'),
  },
  {},
);

/** A backend or a service; `invalid` is nothing. */
type BackendTarget = 'invalid' | BackendTargetKind;

const backendTarget: Schema<BackendTarget> = union(backendTargetKind, literals('invalid'));

/** Before a route is chosen, or after. */
type PolicyPhase = 'route' | 'gateway';

const policyPhase: Schema<PolicyPhase> = literals('route', 'gateway');

/** A set of listeners. */
interface ListenerSetTarget {
  readonly name: string;
  readonly namespace: string;
  readonly section?: string;
}

const listenerSetTarget: Schema<ListenerSetTarget> = object<ListenerSetTarget>(
  'ListenerSetTarget',
  'A set of listeners.',
  {
    name: required(text, 'Its name.'),
    namespace: required(text, 'Its namespace.'),
    section: optional(text, 'One of its listeners.'),
  },
);

/** The kinds of {@link PolicyTarget}. */
interface PolicyTargetKinds {
  readonly gateway: ListenerTarget;
  readonly route: RouteTarget;
  readonly backend: BackendTarget;
  readonly listenerSet: ListenerSetTarget;
}

/** What policies are attached to. */
type PolicyTarget = OneOf<PolicyTargetKinds>;

const policyTarget: Schema<PolicyTarget> = oneOfKeys<PolicyTargetKinds>(
  'PolicyTarget',
  'What policies are attached to.',
  {
    gateway: required(listenerTarget, 'A gateway or one of its listeners.'),
    route: required(routeTarget, 'A route or one of its rules.'),
    backend: required(backendTarget, 'A backend or a service.'),
    listenerSet: required(listenerSetTarget, 'A set of listeners.'),
  },
  {},
);

/** Policies attached to a gateway, a route or a backend. */
export interface TargetedPolicy {
  readonly name: ResourceName;
  readonly target: PolicyTarget;
  readonly phase: PolicyPhase;
  readonly policy: RoutePolicies;
}

export const targetedPolicy: Schema<TargetedPolicy> = object<TargetedPolicy>(
  'TargetedPolicy',
  'Policies attached to a gateway, a route or a backend.',
  {
    name: required(resourceName, 'Its name.'),
    target: required(policyTarget, 'What it is attached to.'),
    phase: defaulted(policyPhase, 'route', 'When it runs.'),
    policy: required(routePolicies, 'The policies.'),
  },
);

import type { EndpointLimitsSpec, LoadBalancingSpec, SessionAffinitySpec } from './balance.ts';
import type { HealthSpec } from './health.ts';
import type { Expression } from './model.ts';
import type { UpstreamAddress } from './backend.ts';
import type { ApiKeySpec, BasicAuthSpec, IntrospectionSpec, JwtAuthSpec } from './policies/authentication.ts';
import type { CrossAppSpec, ExtraKeySpec, JwtSignSpec, TokenExchangeSpec } from './policies/backend-auth.ts';
import type { AuthorizationRule, AuthorizationSpec } from './policies/authorization.ts';
import type { CompressionSpec } from './policies/compression.ts';
import type { CorsSpec } from './policies/cors.ts';
import type { ExtProcSpec } from './policies/ext-proc.ts';
import type { ExtAuthzSpec } from './policies/ext-authz.ts';
import type { CsrfSpec } from './policies/csrf.ts';
import type { IpAccessSpec } from './policies/ip-access.ts';
import type { McpAuthenticationSpec, McpScopesSpec } from './policies/mcp-authentication.ts';
import type { OidcSpec } from './policies/oidc.ts';
import type { ConcurrencySpec, LocalRateLimitSpec, RemoteRateLimitSpec } from './policies/rate-limit.ts';
import type { SecurityHeadersSpec } from './policies/security-headers.ts';
import type { TransformationsSpec } from './policies/transformations.ts';
import type { HelperBackend } from './policies/helper.ts';
import type { TcpKeepalive } from './process.ts';

/**
 * Traffic policies of one attachment level, by kind. A new policy adds one key here, one folder under
 * `gateway/policies/` and one line in `gateway/policies/order.ts`.
 */
export interface PolicySpecs {
  readonly timeout?: TimeoutSpec;
  readonly retry?: RetrySpec;
  readonly buffer?: BufferSpec;
  readonly requestHeaderModifier?: HeaderModifierSpec;
  readonly responseHeaderModifier?: HeaderModifierSpec;
  readonly urlRewrite?: UrlRewriteSpec;
  readonly requestRedirect?: RequestRedirectSpec;
  readonly requestMirror?: readonly RequestMirrorSpec[];
  readonly delay?: DelaySpec;
  readonly directResponse?: Conditional<DirectResponseSpec>;
  readonly oidc?: OidcSpec;
  readonly ipAccess?: IpAccessSpec;
  readonly cors?: CorsSpec;
  readonly extAuthz?: Conditional<ExtAuthzSpec>;
  readonly extProc?: Conditional<ExtProcSpec>;
  readonly transformations?: Conditional<TransformationsSpec>;
  readonly csrf?: CsrfSpec;
  readonly securityHeaders?: SecurityHeadersSpec;
  readonly compression?: CompressionSpec;
  readonly mcpAuthentication?: McpAuthenticationSpec;
  readonly jwtAuth?: JwtAuthSpec;
  readonly introspection?: IntrospectionSpec;
  readonly basicAuth?: BasicAuthSpec;
  readonly apiKey?: ApiKeySpec;
  readonly authorization?: AuthorizationSpec;
  /** Of routes with agents; not in files, where the backends have it. */
  readonly a2a?: { readonly agent: string };
  readonly concurrency?: ConcurrencySpec;
  readonly localRateLimit?: Conditional<readonly LocalRateLimitSpec[]>;
  readonly remoteRateLimit?: Conditional<RemoteRateLimitSpec>;
}

/** Policies of one use of a backend. */
export interface BackendPolicySpecs {
  readonly requestHeaderModifier?: HeaderModifierSpec;
  readonly responseHeaderModifier?: HeaderModifierSpec;
  readonly requestRedirect?: RequestRedirectSpec;
  readonly backendTLS?: BackendTlsSpec;
  readonly backendAuth?: BackendAuthSpec;
  /** Without a version: as TLS agrees on, else HTTP/1.1, but HTTP/2 for gRPC. */
  readonly http?: { readonly requestTimeoutMs?: number; readonly version?: '1.1' | '2' };
  readonly tcp?: { readonly connectTimeoutMs?: number; readonly keepalive?: TcpKeepalive | 'off' };
  readonly backendTunnel?: BackendTunnelSpec;
  readonly health?: HealthSpec;
  readonly sessionAffinity?: SessionAffinitySpec;
  readonly loadBalancing?: LoadBalancingSpec;
  readonly limits?: EndpointLimitsSpec;
  /** It is an agent that speaks A2A; of hosts and services. */
  readonly a2a?: true;
  // Of HTTP, LLM and MCP backends; not of single targets in them.
  /** Of single LLM providers, too. What all levels of a backend say counts together. */
  readonly authorization?: AuthorizationSpec;
  /** About the tools, prompts and resources of MCP backends; the rules of all levels count together. */
  readonly mcpAuthorization?: readonly AuthorizationRule[];
  readonly extAuthz?: ExtAuthzSpec;
  /** Cedar policies of the route or the backend decide what each client sees of an MCP backend. */
  readonly cedar?: true;
  /** What tokens must have for the tools, prompts and resources of an MCP backend. */
  readonly mcpScopes?: McpScopesSpec;
  readonly transformations?: TransformationsSpec;
}

/** An HTTP CONNECT proxy that connections to a backend go through. */
export interface BackendTunnelSpec {
  readonly proxy: UpstreamAddress;
  /** Absent: plain text to the proxy. */
  readonly tls?: BackendTlsSpec;
  /** Value of Proxy-Authorization. */
  readonly authorization?: string;
  /** Further fields of the CONNECT request, with lower-case names. */
  readonly fields: ReadonlyMap<string, string>;
  /** For the connection to the proxy; absent: as for every upstream. */
  readonly connectTimeoutMs?: number;
  readonly keepalive?: TcpKeepalive | 'off';
}

/** Variants of one policy: the first whose condition holds applies; an absent condition always holds. */
export type Conditional<T> = readonly { readonly condition?: Expression; readonly policy: T }[];

/** Milliseconds; absent: no limit. */
export interface TimeoutSpec {
  /** Whole exchange, from the request head to the last response byte. */
  readonly requestMs?: number;
  /** Each try, from sending to the response head. */
  readonly backendRequestMs?: number;
}

/** When a request is sent again; times in milliseconds. */
export interface RetrySpec {
  /** Tries after the first: n makes n + 1 in all. */
  readonly attempts: number;
  readonly backoffMs: number;
  readonly codes: readonly number[];
  /** Absent: every request may use all its attempts. */
  readonly budget?: RetryBudgetSpec;
  /** False: no retry, and no buffering for it. */
  readonly precondition?: Expression;
  /** True for a response: retry it as if its status were in `codes`. */
  readonly condition?: Expression;
}

/** How many retries may be under way at once, over all workers. */
export interface RetryBudgetSpec {
  /** Of the requests in flight. */
  readonly percent: number;
  /** As many are always allowed. */
  readonly minimum: number;
}

/** Which bodies are held until they are whole; absent: they stream. */
export interface BufferSpec {
  readonly request?: BufferLimit;
  readonly response?: BufferLimit;
}

/** How much of a body is held, and what happens above. */
export interface BufferLimit {
  /** Bytes; absent: the bind's `maxBufferSize`. */
  readonly maxBytes?: number;
  /** What happens above the limit: refuse, or go on streaming. */
  readonly failureMode: 'failClosed' | 'failOpen';
}

/** Applied in the order set, add, remove (Gateway API HTTPHeaderFilter). Names are lower case; `:authority` and such allowed. */
export interface HeaderModifierSpec {
  readonly set: ReadonlyMap<string, string>;
  readonly add: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** What becomes of the authority; `auto` and `none` leave it to the backend or to the client. */
export type AuthorityRewrite =
  | { readonly kind: 'full'; readonly value: string }
  | { readonly kind: 'host'; readonly value: string }
  | { readonly kind: 'port'; readonly value: number }
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' };

/** What becomes of the path: replaced, or only the prefix that the route matched by (Gateway API HTTPPathModifier). */
export type PathRewrite =
  | { readonly kind: 'full'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string };

/** Changes of the URL that is sent on (Gateway API HTTPURLRewriteFilter). */
export interface UrlRewriteSpec {
  readonly authority?: AuthorityRewrite;
  readonly path?: PathRewrite;
}

/** An answer with another location; what is absent stays the request's (Gateway API HTTPRequestRedirectFilter). */
export interface RequestRedirectSpec {
  readonly scheme?: string;
  readonly authority?: AuthorityRewrite;
  readonly path?: PathRewrite;
  /** 302 when the file names none. */
  readonly status: number;
}

/** A second receiver of requests, whose answers are dropped (Gateway API HTTPRequestMirrorFilter). */
export interface RequestMirrorSpec {
  /** Who gets the copy. */
  readonly backend: HelperBackend;
  /** Share of the requests, 0 to 1. */
  readonly fraction: number;
}

/** A wait before the request goes on. */
export interface DelaySpec {
  /** Yields a duration or a number of milliseconds. */
  readonly duration: Expression;
}

/** An answer without a backend; `bodyExpression` wins over `body`. */
export interface DirectResponseSpec {
  readonly status: number;
  readonly body?: Uint8Array;
  readonly bodyExpression?: Expression;
  readonly headers: ReadonlyMap<string, Expression>;
}

/** TLS to an upstream; PEM texts, read by the loader. */
export interface BackendTlsSpec {
  readonly certificate?: string;
  readonly privateKey?: string;
  /** Trust roots; absent: the system's. */
  readonly roots?: string;
  /** SNI and the name that the certificate must carry; absent: the upstream host. */
  readonly hostname?: string;
  /** Accept any certificate. */
  readonly insecure: boolean;
  /** Accept a certificate for any name. */
  readonly insecureHost: boolean;
  readonly alpn?: readonly string[];
  readonly subjectAltNames?: readonly string[];
  readonly groups?: readonly string[];
}

/** The credential that an upstream gets: a fixed one, the client's own, or one that a cloud issues. */
export type BackendAuthSpec = MainAuthSpec & {
  /** Further keys, sent beside it. */
  readonly extra?: readonly ExtraKeySpec[];
};

/** The main credential of an upstream. */
export type MainAuthSpec =
  | { readonly kind: 'key'; readonly value: string; readonly location?: CredentialLocation }
  | { readonly kind: 'passthrough'; readonly location?: CredentialLocation }
  | AwsAuthSpec
  | GcpAuthSpec
  | AzureAuthSpec
  | { readonly kind: 'copilot' }
  | JwtSignSpec
  | TokenExchangeSpec
  | CrossAppSpec
  /** Nothing but the extra keys. */
  | { readonly kind: 'keys' };

/** AWS Signature Version 4. */
export interface AwsAuthSpec {
  readonly kind: 'aws';
  /** Absent: those of the environment, its profile, or the machine. */
  readonly keys?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** Absent: as the upstream's host says, else the environment's. */
  readonly region?: string;
  readonly serviceName: string;
  /** A role to assume with those keys. */
  readonly assumeRole?: {
    readonly roleArn: string;
    /** A text, or computed from the request. */
    readonly sessionName?: string | ComputedText;
    readonly tags: readonly { readonly key: string; readonly value: string | ComputedText }[];
  };
}

/** A text that is computed for each request. */
export interface ComputedText {
  readonly expression: Expression;
}

/** A Google access token, or an identity token. */
export interface GcpAuthSpec {
  readonly kind: 'gcp';
  readonly type: 'accessToken' | 'idToken';
  /** Of an identity token; absent: the upstream's host. */
  readonly audience?: string;
  /** Text of a credential file, a JSON object; absent: application default credentials. */
  readonly credential?: string;
}

/** A Microsoft Entra access token. */
export interface AzureAuthSpec {
  readonly kind: 'azure';
  readonly from: AzureTokenOrigin;
}

/** Whose token it is: an application's, a machine's, a workload's; or the first of these that the environment has. */
export type AzureTokenOrigin =
  | {
      readonly kind: 'clientSecret';
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: string;
    }
  | { readonly kind: 'managedIdentity'; readonly identity?: AzureIdentityId }
  | { readonly kind: 'workloadIdentity' }
  | { readonly kind: 'implicit' }
  | { readonly kind: 'developer' };

/** Which user-assigned identity. */
export interface AzureIdentityId {
  readonly by: 'clientId' | 'objectId' | 'resourceId';
  readonly id: string;
}

/** Where a credential stands in a request; absent in a spec means `Authorization: Bearer …`. */
export type CredentialLocation =
  | { readonly kind: 'header'; readonly name: string; readonly prefix: string }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string };

/** Fields that tell browsers to be careful; each is set where the answer has none of its own. Absent: not set. */
export interface SecurityHeadersSpec {
  /** `Strict-Transport-Security`, on HTTPS only. */
  readonly strictTransportSecurity?: string;
  readonly contentTypeOptions?: string;
  readonly frameOptions?: string;
  readonly referrerPolicy?: string;
  readonly contentSecurityPolicy?: string;
  readonly permissionsPolicy?: string;
  readonly crossOriginOpenerPolicy?: string;
  readonly crossOriginResourcePolicy?: string;
}

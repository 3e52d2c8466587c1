/** What is used of Google's library: a module of its own, because a bundle keeps no names of one imported by `import()`. */
export {
  AwsClient,
  Compute,
  ExternalAccountAuthorizedUserClient,
  GdchClient,
  IdentityPoolClient,
  JWT,
  PluggableAuthClient,
  UserRefreshClient,
  gcpMetadata,
} from 'google-auth-library';

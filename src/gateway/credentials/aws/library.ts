/** What is used of AWS's library: a module of its own, because a bundle keeps no names of one imported by `import()`. */
export { defaultProvider } from '@aws-sdk/credential-provider-node';

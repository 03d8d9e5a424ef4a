/** Stands in for the schema package in the console's build: whatever is asked for is nothing, and can be asked again. */
const nothing: object = new Proxy(() => nothing, {
  get: (_, name) => (name === Symbol.toPrimitive || name === 'then' ? undefined : nothing),
  apply: () => nothing,
  ownKeys: () => [],
});

export default nothing;

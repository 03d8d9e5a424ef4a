/** A look-up that asks for each combination of keys once, and answers the same from then on. */
export const onceFor = <Keys extends readonly (string | number | null)[], Value>(
  find: (...keys: Keys) => Promise<Value>,
): ((...keys: Keys) => Promise<Value>) => {
  const found = new Map<string, Promise<Value>>();
  return (...keys) => {
    const name = JSON.stringify(keys);
    const value = found.get(name) ?? find(...keys);
    found.set(name, value);
    return value;
  };
};

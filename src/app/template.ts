const hole = /\{\{\s*([\w-]+(?:\.[\w-]+)*)\s*\}\}/g;

/**
 * A message in a form of the receiver's own: each `{{member}}` of the template is replaced by that member of the
 * JSON body, `{{data.campaign.name}}` by one further in. Text is escaped to stand inside a JSON string; everything
 * else is put in as JSON, and what is not there as nothing.
 */
export const fillTemplate = (template: string, body: string): string => {
  const root: unknown = JSON.parse(body);
  return template.replaceAll(hole, (_, path: string) => shown(path.split('.').reduce(memberOf, root)));
};

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const shown = (value: unknown): string => {
  if (value === undefined) return '';
  const json = JSON.stringify(value);
  return typeof value === 'string' ? json.slice(1, -1) : json;
};

const words: Readonly<Record<string, string>> = {
  'approve-campaign': 'approve the campaign',
  'start-campaign': 'start the campaign',
  'resume-campaign': 'resume the campaign',
  'edit-campaign': 'change the plan',
  'open-wave': 'open the next wave',
  release: 'release what is held',
  schedule: 'give it a go',
  'accept-device': 'accept the device',
  'edit-device': 'correct the device',
  'set-packages': 'give it packages of its own',
  nudge: 'ask it to come now',
  recall: 'ask it to stop',
  close: 'close its update',
  'begin-again': 'have it begin again',
};

/** What an operator can do, as a sentence: `You can open the next wave or close its update.` */
export const remedyText = (remedies: readonly string[]): string => {
  const known = remedies.map((remedy) => words[remedy] ?? remedy.replaceAll('-', ' '));
  const last = known.at(-1);
  if (last === undefined) return '';
  return `You can ${known.length === 1 ? last : `${known.slice(0, -1).join(', ')} or ${last}`}.`;
};

import type { Online } from './online.ts';
import { serialized } from './output.ts';
import { panelLines, statusLine, type View } from './panel.ts';
import { moment } from './words.ts';

/** Where a campaign is shown that is being watched. */
export type Screen = {
  readonly show: (view: View) => Promise<void>;
  /** A moment has passed: what is on the screen is older. */
  readonly tick: () => void;
  readonly end: () => void;
};

/** A panel that is redrawn in a terminal; in a pipe a line, or a document, whenever something changed. */
export const screenOf = (on: Pick<Online, 'io' | 'format'>): Screen => {
  if (on.format !== 'table') return documents(on);
  return on.io.terminal.out ? panel(on) : lines(on);
};

const panel = ({ io: { out, terminal } }: Pick<Online, 'io'>): Screen => {
  let height = 0;
  let last: View | undefined;
  const draw = (): void => {
    if (last === undefined) return;
    const drawn = panelLines(last, terminal.columns, Date.now());
    const back = height === 0 ? '' : `\u001b[${height}A`;
    const text = drawn.map((line) => `\u001b[K${line}\n`).join('');
    height = drawn.length;
    // What was below a higher panel is taken away.
    out(`${back}${text}\u001b[J`);
  };
  return {
    show: async (view) => {
      last = view;
      draw();
    },
    tick: draw,
    end: () => undefined,
  };
};

const rateFree = (view: View): string => statusLine({ ...view, perMinute: undefined });

const lines = ({ io: { out } }: Pick<Online, 'io'>): Screen => {
  let last = '';
  return {
    show: async (view) => {
      if (rateFree(view) === last) return;
      last = rateFree(view);
      out(`${moment(new Date(view.at).toISOString())} ${statusLine(view)}\n`);
    },
    tick: () => undefined,
    end: () => undefined,
  };
};

/** Lines of JSON, or documents of YAML. */
const documents = ({ io: { out }, format }: Pick<Online, 'io' | 'format'>): Screen => {
  let last = '';
  return {
    show: async (view) => {
      if (rateFree(view) === last) return;
      last = rateFree(view);
      const { campaign, counts, perMinute = null, at } = view;
      const { id, name, status, because } = campaign;
      const shown = { at: new Date(at).toISOString(), id, name, status, because, ...counts, perMinute };
      out(format === 'yaml' ? `---\n${await serialized(shown, 'yaml')}` : `${JSON.stringify(shown)}\n`);
    },
    tick: () => undefined,
    end: () => undefined,
  };
};

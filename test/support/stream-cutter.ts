import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** A proxy in front of a server that can take its live streams away, and all of it. */
export type StreamCutter = {
  readonly url: string;
  /** Ends the streams that are open, and lets none begin. Everything else goes on. */
  readonly cutStreams: () => void;
  /** Lets nothing through. */
  readonly cutAll: () => void;
  readonly mend: () => void;
  readonly stop: () => Promise<void>;
};

/** Starts one, on a port of its own. */
export const startStreamCutter = async (server: string): Promise<StreamCutter> => {
  const target = new URL(server);
  let down: 'nothing' | 'streams' | 'all' = 'nothing';
  const open = new Map<ServerResponse, boolean>();

  const pass = (asked: IncomingMessage, reply: ServerResponse): void => {
    const isStream = asked.url?.startsWith('/api/v1/stream') ?? false;
    if (down === 'all' || (down === 'streams' && isStream)) {
      asked.socket.destroy();
      return;
    }
    open.set(reply, isStream);
    reply.once('close', () => open.delete(reply));
    const onward = request(
      {
        ...{ host: target.hostname, port: target.port, method: asked.method, path: asked.url },
        headers: { ...asked.headers, host: target.host },
      },
      (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
      },
    );
    onward.on('error', () => reply.destroy());
    reply.once('close', () => onward.destroy());
    asked.pipe(onward);
  };
  const end = (isMeant: (isStream: boolean) => boolean): void => {
    for (const [reply, isStream] of open) if (isMeant(isStream)) reply.destroy();
  };

  const proxy = createServer(pass).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    cutStreams: () => {
      down = 'streams';
      end((isStream) => isStream);
    },
    cutAll: () => {
      down = 'all';
      end(() => true);
    },
    mend: () => {
      down = 'nothing';
    },
    stop: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
};

import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './console.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { newQueryClient } from './data/query-client.ts';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { router } from './router.tsx';
import { FrontDoor } from './session/front-door.tsx';
import { newSession } from './session/session.ts';
import { SessionContext } from './session/use-session.ts';
import { theme, variables } from './theme.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
// Where the libraries that add styles of their own look for it.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const session = newSession();
const queries = newQueryClient(session.expire);
const root = document.getElementById('root');

if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={variables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <ErrorBoundary>
          <QueryClientProvider client={queries}>
            <SessionContext value={session}>
              <Notifications position="bottom-right" />
              <FrontDoor>
                <RouterProvider router={router} />
              </FrontDoor>
            </SessionContext>
          </QueryClientProvider>
        </ErrorBoundary>
      </MantineProvider>
    </StrictMode>,
  );
}

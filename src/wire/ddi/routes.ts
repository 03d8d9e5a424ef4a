import type { TSchema } from 'typebox';
import { Artifacts, Cancel, Confirmation, ConfirmationBase, Deployment, Root } from './documents.ts';

/** Every resource is a device's own, below the account it belongs to. */
export const basePath = '/:tenant/controller/v1/:controllerId';

/** One resource with one method. A route without `reply` answers with an empty body, or with bytes. */
export type DdiRoute = {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Below the base path. */
  readonly path: string;
  readonly reply?: TSchema;
};

const action = '/:actionId';
const artifacts = '/softwaremodules/:moduleId/artifacts';

/** The resources of the hawkBit Direct Device Integration protocol, version 1. */
export const ddiRoutes = {
  poll: { method: 'GET', path: '', reply: Root },
  putConfigData: { method: 'PUT', path: '/configData' },
  getDeployment: { method: 'GET', path: `/deploymentBase${action}`, reply: Deployment },
  postDeploymentFeedback: { method: 'POST', path: `/deploymentBase${action}/feedback` },
  getCancel: { method: 'GET', path: `/cancelAction${action}`, reply: Cancel },
  postCancelFeedback: { method: 'POST', path: `/cancelAction${action}/feedback` },
  getInstalled: { method: 'GET', path: `/installedBase${action}`, reply: Deployment },
  putInstalled: { method: 'PUT', path: '/installedBase' },
  getConfirmationBase: { method: 'GET', path: '/confirmationBase', reply: ConfirmationBase },
  getConfirmation: { method: 'GET', path: `/confirmationBase${action}`, reply: Confirmation },
  postConfirmationFeedback: { method: 'POST', path: `/confirmationBase${action}/feedback` },
  activateAutoConfirm: { method: 'POST', path: '/confirmationBase/activateAutoConfirm' },
  deactivateAutoConfirm: { method: 'POST', path: '/confirmationBase/deactivateAutoConfirm' },
  listArtifacts: { method: 'GET', path: artifacts, reply: Artifacts },
  getArtifact: { method: 'GET', path: `${artifacts}/:fileName` },
} as const satisfies Readonly<Record<string, DdiRoute>>;
export type DdiRouteName = keyof typeof ddiRoutes;

import { FileButton, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { ActionButton } from './action.tsx';
import styles from './drop-zone.module.css';

type DropZoneProps = {
  readonly label: string;
  /** Endings of files to choose from, as a browser takes them. */
  readonly accept?: string;
  readonly multiple?: boolean;
  /** Why nothing can be given now. */
  readonly reason?: string | undefined;
  readonly onFiles: (files: readonly File[]) => void;
};

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** Where files are dropped, with a button for those who do not drag. */
export const DropZone = ({ label, accept = '', multiple = true, reason, onFiles }: DropZoneProps) => {
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent): void => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setOver(reason === undefined);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const files = [...event.dataTransfer.files];
    if (reason === undefined) onFiles(multiple ? files : files.slice(0, 1));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by key
    <div
      className={styles.zone}
      data-over={isOver || undefined}
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconUpload size={20} stroke={1.6} aria-hidden />
      <Text size="sm">{label}</Text>
      <FileButton
        multiple={multiple}
        accept={accept}
        onChange={(chosen: File | File[] | null) => onFiles([chosen ?? []].flat())}
      >
        {(props) => (
          <ActionButton {...props} reason={reason} size="xs" variant="default">
            Choose {multiple ? 'files' : 'a file'}
          </ActionButton>
        )}
      </FileButton>
    </div>
  );
};

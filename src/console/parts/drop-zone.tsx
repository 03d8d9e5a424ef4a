import { Button, FileButton, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import styles from './drop-zone.module.css';

type DropZoneProps = {
  readonly label: string;
  /** Endings of files to choose from, as a browser takes them. */
  readonly accept?: string;
  readonly multiple?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
};

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** Where files are dropped, with a button for those who do not drag. */
export const DropZone = ({ label, accept = '', multiple = true, onFiles }: DropZoneProps) => {
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent): void => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const files = [...event.dataTransfer.files];
    onFiles(multiple ? files : files.slice(0, 1));
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
          <Button {...props} size="xs" variant="default">
            Choose {multiple ? 'files' : 'a file'}
          </Button>
        )}
      </FileButton>
    </div>
  );
};

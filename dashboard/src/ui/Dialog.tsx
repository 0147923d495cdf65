import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  /** Whether it is closed by its buttons only, since what it shows cannot be shown again. */
  readonly kept?: boolean;
  readonly children: ReactNode;
}

/** A dialog over the page, closed by Escape, by a click beside it, by its button, or by what is in it. */
export function Dialog({ title, onClose, wide = false, kept = false, children }: Props) {
  return (
    <ModalOverlay isOpen isDismissable={!kept} isKeyboardDismissDisabled={kept} onOpenChange={(open) => open || onClose()} className="overlay">
      <Modal className={wide ? 'modal wide' : 'modal'}>
        <AriaDialog className="dialog">
          <div className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <button type="button" className="button icon" aria-label="Close" onClick={onClose}>
              ✕
            </button>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

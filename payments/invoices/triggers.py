"""What the database itself refuses of invoices, whoever writes: triggers, by the table that they guard."""

import pgtrigger

from payments.invoices.rules.moves import (
    ASKED_TOO_EARLY,
    MOVES,
    NIGHTS_ARE_FREE,
    NIGHTS_STAY,
    NOT_ASKED,
    OWN_INVOICE,
    STILL_PAYABLE,
)

# What voiding an invoice changes.
VOIDING = "ARRAY['status', 'version', 'voided_by_id', 'voided_at', 'void_reason']"

INVOICE = [
    pgtrigger.FSM(
        name="invoice_moves",
        field="status",
        transitions=[(here, there) for here in MOVES for there in sorted(MOVES[here])],
    ),
    pgtrigger.Trigger(
        name="invoice_done_is_kept",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Q(old__status__in=["approved", "rejected", "voided"]),
        # Voiding writes who, when and why, and nothing else. FOR SHARE waits while the payment is being moved.
        func=f"""
            IF TG_OP = 'UPDATE' AND OLD.status = 'approved' AND NEW.status = 'voided'
                AND to_jsonb(NEW) - {VOIDING} = to_jsonb(OLD) - {VOIDING}
            THEN
                IF 'withdrawn' = (SELECT state FROM payments_payment WHERE id = NEW.payment_id FOR SHARE) THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION '{STILL_PAYABLE}'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_voided_is_not_paid';
            END IF;
            RAISE EXCEPTION 'The invoice is done: it stays as it is.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_done_is_kept';
        """,
    ),
    pgtrigger.Trigger(
        name="invoice_approver_decided_nothing",  # nor named a booking, nor let a finding stand
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("status"),
        condition=pgtrigger.Q(new__status="approved"),
        func=f"""
            IF EXISTS (
                SELECT 1 FROM payments_invoiceline line
                WHERE line.invoice_id = NEW.id AND line.decided_by_id = NEW.approved_by_id
            ) OR EXISTS (
                SELECT 1 FROM lewisham_ta_auditevent event
                JOIN django_content_type kind ON kind.id = event.subject_type_id
                WHERE kind.app_label = 'payments' AND kind.model = 'invoice' AND event.subject_id = NEW.id
                    AND event.action = 'invoice.booking_chosen' AND event.by_id = NEW.approved_by_id
            ) OR NEW.findings @> jsonb_build_array(
                jsonb_build_object('accepted', jsonb_build_object('by_id', NEW.approved_by_id))
            ) THEN
                RAISE EXCEPTION '{OWN_INVOICE}'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_approver_decided_nothing';
            END IF;
            RETURN NEW;
        """,
    ),
]

QUERY = [
    pgtrigger.Trigger(
        name="invoice_query_of_one_that_is_checked",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("status", "TEXT"), ("received_on", "DATE")],
        func=f"""
            SELECT invoice.status, invoice.received_on INTO status, received_on
                FROM payments_invoice invoice WHERE invoice.id = NEW.invoice_id;
            IF NEW.sent_on < received_on THEN
                RAISE EXCEPTION '{ASKED_TOO_EARLY}'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_query_not_before_receipt';
            END IF;
            IF status <> 'checking' AND (
                TG_OP = 'INSERT' OR OLD.closed_on IS NOT NULL OR NEW.closed_on IS NULL
            ) THEN
                RAISE EXCEPTION '{NOT_ASKED}'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_query_of_one_that_is_checked';
            END IF;
            RETURN NEW;
        """,
    )
]

LINE = [
    pgtrigger.Trigger(
        name="invoice_line_of_done_is_kept",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="""
            IF (SELECT status FROM payments_invoice WHERE id = OLD.invoice_id)
                IN ('approved', 'rejected', 'voided')
            THEN
                RAISE EXCEPTION 'The invoice is done: its lines stay as they are.'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_line_of_done_is_kept';
            END IF;
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        """,
    )
]

CLAIM = [
    pgtrigger.Trigger(
        name="night_claim_of_done_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("status", "TEXT")],
        # An update is asked about the line that the claim leaves and the one that it comes to.
        func=f"""
            FOR status IN
                SELECT invoice.status FROM payments_invoiceline line
                JOIN payments_invoice invoice ON invoice.id = line.invoice_id
                WHERE line.id IN (
                    CASE WHEN TG_OP <> 'INSERT' THEN OLD.line_id END,
                    CASE WHEN TG_OP <> 'DELETE' THEN NEW.line_id END
                )
            LOOP
                IF status = 'approved' THEN
                    RAISE EXCEPTION '{NIGHTS_STAY}'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'night_claim_of_approved_stays';
                ELSIF status IN ('rejected', 'voided') AND NOT (TG_OP = 'UPDATE' AND NOT NEW.is_live) THEN
                    RAISE EXCEPTION '{NIGHTS_ARE_FREE}'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'night_claim_of_dropped_is_over';
                END IF;
            END LOOP;
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        """,
    )
]

#pragma once

#include "lib/store/prepared.h"

#include <string>

namespace postrider {

/// The statements of the way out, and why they are as they are. Site tables are found by the
/// connection's search_path.
struct OutboxStatements {
    Statement read_due;
    Statement read_due_without_key;  ///< of a site whose messages have no lookup keys
    Statement read_by_id;
    Statement read_by_id_without_key;
    Statement read_media;
    Statement claim;
    Statement claim_again;  ///< where a claim meets an attempt that is open
    Statement close;
    Statement doubt;
    Statement add_evidence;
    Statement read_attempts;
    Statement complete_metadata;
    Statement write_unchanged;
    Statement write_unchanged_with_key;  ///< where a row gets its lookup key
    Statement lock_rows;
    Statement lock_rows_with_key;
    Statement write_locked;
    Statement write_locked_with_key;
    Statement keep_waiting;
    Statement withdraw;
    Statement take_over_doubts;
    Statement read_doubts;
    Statement find_recorded_ids;
    Statement reported;
    Statement contents_in_flight;
};

const OutboxStatements& outbox_statements();

}  // namespace postrider

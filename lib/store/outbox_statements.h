#pragma once

#include <string>

namespace postrider {

/// The statements of the way out, and why they are as they are. Site tables are found by the
/// connection's search_path.
struct OutboxStatements {
    std::string read_due;
    std::string read_by_id;
    std::string claim;
    std::string close;
    std::string doubt;
    std::string add_evidence;
    std::string read_attempts;
    std::string complete_metadata;
    std::string write_unchanged;
    std::string lock_rows;
    std::string write_locked;
    std::string keep_waiting;
    std::string withdraw;
    std::string take_over_doubts;
    std::string read_doubts;
    std::string find_recorded_ids;
    std::string contents_in_flight;
};

const OutboxStatements& outbox_statements();

/// SQL that joins, as `e`, the journal's last end of the message whose id is `message_id`; nulls where
/// it has come to none.
std::string join_last_end(const std::string& message_id);

}  // namespace postrider

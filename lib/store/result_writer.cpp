#include "lib/store/result_writer.h"

#include "lib/dispatch/result_metadata.h"
#include "lib/log/log.h"
#include "lib/store/outbox_statements.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/text/utf8.h"

#include <pqxx/pqxx>

#include <unordered_map>
#include <unordered_set>

namespace postrider {

namespace {

using Results = std::vector<const AttemptResult*>;

/// One moment for the batch: results of one batch ended within milliseconds.
TimePoint latest_end(const Results& results) {
    TimePoint latest = TimePoint::min();
    for (const AttemptResult* result : results) latest = std::max(latest, result->ended);
    return latest;
}

/// Ends the attempts; the results of those that were ours.
Results close_attempts(pqxx::work& transaction, DaemonId daemon, const std::vector<AttemptResult>& results) {
    SqlArray ids, verdicts, reasons, provider_ids;
    std::unordered_map<AttemptId, const AttemptResult*> by_attempt;
    Results all;
    for (const AttemptResult& result : results) {
        ids.add(static_cast<long long>(result.attempt_id));
        verdicts.add(to_string(result.outcome.verdict));
        reasons.add(std::string_view(storable(result.outcome.reason)));
        provider_ids.add(std::string_view(storable(result.outcome.provider_id)));
        by_attempt.emplace(result.attempt_id, &result);
        all.push_back(&result);
    }
    const pqxx::result closed =
        transaction.exec_params(outbox_statements().close, daemon, ids.text(), verdicts.text(),
                                reasons.text(), provider_ids.text(), to_sql_time(latest_end(all)));
    Results ours;
    for (const pqxx::row& row : closed) ours.push_back(by_attempt.at(row[0].as<AttemptId>()));
    return ours;
}

/// Writes rows that are as they were claimed; returns the results whose rows are not.
Results write_unchanged(pqxx::work& transaction, const Results& results) {
    SqlArray ids, versions, errored, metadata;
    for (const AttemptResult* result : results) {
        ids.add(static_cast<long long>(result->message_id));
        versions.add(std::string_view(result->row_version.empty() ? "0" : result->row_version));
        errored.add(result->disposition == Disposition::given_up);
        metadata.add(std::string_view(metadata_after(*result, result->transmission_metadata)));
    }
    const pqxx::result written =
        transaction.exec_params(outbox_statements().write_unchanged, ids.text(), versions.text(),
                                errored.text(), metadata.text(), to_sql_time(latest_end(results)));
    std::unordered_set<MessageId> done;
    for (const pqxx::row& row : written) done.insert(row[0].as<MessageId>());
    Results rest;
    for (const AttemptResult* result : results) {
        if (!done.contains(result->message_id)) rest.push_back(result);
    }
    return rest;
}

void write_changed(pqxx::work& transaction, const Results& results) {
    SqlArray wanted;
    std::unordered_map<MessageId, const AttemptResult*> by_message;
    for (const AttemptResult* result : results) {
        wanted.add(static_cast<long long>(result->message_id));
        by_message.emplace(result->message_id, result);
    }
    SqlArray ids, errored, metadata;
    std::size_t found = 0;
    for (const pqxx::row& row : transaction.exec_params(outbox_statements().lock_rows, wanted.text())) {
        const AttemptResult& result = *by_message.at(row[0].as<MessageId>());
        std::optional<std::string> before;
        if (!row[1].is_null()) before = row[1].c_str();
        ids.add(static_cast<long long>(result.message_id));
        errored.add(result.disposition == Disposition::given_up);
        metadata.add(std::string_view(metadata_after(result, before)));
        ++found;
    }
    if (found < by_message.size()) {
        log::warn("rows were deleted while their messages were sent; the journal has the outcome",
                  {{"rows", by_message.size() - found}});
    }
    if (found == 0) return;
    transaction.exec_params(outbox_statements().write_locked, ids.text(), errored.text(), metadata.text(),
                            to_sql_time(latest_end(results)));
}

void keep_waiting(pqxx::work& transaction, const Results& results) {
    SqlArray ids, failed, not_before, reasons;
    for (const AttemptResult* result : results) {
        ids.add(static_cast<long long>(result->message_id));
        failed.add(result->failed_attempts);
        not_before.add(to_sql_time(result->retry_at));
        reasons.add(std::string_view(storable(result->outcome.reason)));
    }
    transaction.exec_params(outbox_statements().keep_waiting, ids.text(), failed.text(), not_before.text(),
                            reasons.text());
}

}  // namespace

std::size_t write_results(pqxx::connection& connection, DaemonId daemon,
                          const std::vector<AttemptResult>& results) {
    pqxx::work transaction(connection);
    const Results ours = close_attempts(transaction, daemon, results);
    Results final;
    Results waiting;
    for (const AttemptResult* result : ours) {
        (result->disposition == Disposition::waiting ? waiting : final).push_back(result);
    }
    if (!final.empty()) {
        const Results changed = write_unchanged(transaction, final);
        if (!changed.empty()) write_changed(transaction, changed);
    }
    if (!waiting.empty()) keep_waiting(transaction, waiting);
    transaction.commit();
    if (ours.size() < results.size()) {
        log::error("outcomes came for attempts that are no longer this daemon's",
                   {{"attempts", results.size() - ours.size()}});
    }
    return ours.size();
}

}  // namespace postrider

#include "lib/store/result_writer.h"

#include "lib/dispatch/result_metadata.h"
#include "lib/dispatch/row_sealing.h"
#include "lib/log/log.h"
#include "lib/store/outbox_statements.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/store/suppression_rows.h"
#include "lib/text/utf8.h"

#include <pqxx/pqxx>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace postrider {

namespace {

/// A result on its way into the database, and what the journal adds to it.
struct Writing {
    const AttemptResult* result;
    EndedAttempt own;
    std::vector<EndedAttempt> earlier;  // of this message since its last end
    bool has_earlier = false;

    /// Of a row that is as it was claimed, and gets what else is to stand there.
    std::string metadata() const {
        return metadata_after(*result, own, earlier, result->transmission_metadata, result->row.rendered);
    }
    /// Of a row that somebody wrote meanwhile.
    std::string metadata_over(const std::optional<std::string>& before, const Privacy& privacy) const {
        AttemptResult of_row = *result;
        of_row.row.leaked = privacy.leaks_in(before.value_or(""));
        return metadata_after(of_row, own, earlier, before, rendered_mark(before));
    }
};
using Writings = std::vector<Writing>;

EndedAttempt own_attempt(const AttemptResult& result) {
    EndedAttempt own;
    own.id = result.attempt_id;
    own.verdict = result.outcome.verdict;
    own.reason = result.outcome.reason;
    own.provider_id = result.outcome.provider_id;
    own.ended = result.ended;
    return own;
}

/// Ends the attempts; returns the results of those that were open.
Writings close_attempts(pqxx::transaction_base& transaction,
                        const std::vector<const AttemptResult*>& results) {
    SqlArray ids, provider_ids, metadata, messages;
    SqlArray verdicts("\"sent\""), reasons("\"\""), dispositions("\"sent\"");
    std::unordered_map<AttemptId, const AttemptResult*> by_attempt;
    TimePoint latest_end = TimePoint::min();  // one moment for the batch: they ended within milliseconds
    for (const AttemptResult* result : results) {
        ids.add(static_cast<long long>(result->attempt_id));
        messages.add(static_cast<long long>(result->message_id));
        verdicts.add(to_string(result->outcome.verdict));
        reasons.add(std::string_view(storable(result->outcome.reason)));
        provider_ids.add(std::string_view(storable(result->outcome.provider_id)));
        dispositions.add(to_string(result->disposition));
        metadata.add(std::string_view(journal_metadata(result->outcome)));
        by_attempt.emplace(result->attempt_id, result);
        latest_end = std::max(latest_end, result->ended);
    }
    const pqxx::result closed = exec(transaction, outbox_statements().close, ids.text(), verdicts.text(),
                                     reasons.text(), provider_ids.text(), dispositions.text(),
                                     metadata.text(), to_sql_time(latest_end), messages.text());
    Writings open;
    open.reserve(closed.size());
    for (const pqxx::row& row : closed) {
        const AttemptResult* result = by_attempt.at(row[0].as<AttemptId>());
        Writing writing{result, own_attempt(*result), {}, row[3].as<bool>()};
        writing.own.part = row[1].as<int>();
        writing.own.parts = row[2].as<int>();
        writing.has_earlier |= writing.own.part > 1;
        open.push_back(std::move(writing));
    }
    return open;
}

/// The end of a message in several parts keeps the keys of all of them: should a stale save undo it,
/// it is written again from there.
void complete_metadata(pqxx::transaction_base& transaction, const Writings& writings) {
    SqlArray messages, attempts, metadata;
    std::size_t count = 0;
    for (const Writing& writing : writings) {
        if (writing.own.part == 1 || writing.earlier.empty()) continue;
        messages.add(static_cast<long long>(writing.result->message_id));
        attempts.add(static_cast<long long>(writing.own.id));
        metadata.add(std::string_view(journal_metadata(writing.result->outcome, writing.earlier)));
        ++count;
    }
    if (count == 0) return;
    exec(transaction, outbox_statements().complete_metadata, messages.text(), attempts.text(),
         metadata.text());
}

/// The attempts before this one, for messages that had some.
void read_earlier(pqxx::transaction_base& transaction, Writings& writings) {
    SqlArray ids;
    std::unordered_map<MessageId, Writing*> by_message;
    for (Writing& writing : writings) {
        if (!writing.has_earlier) continue;
        ids.add(static_cast<long long>(writing.result->message_id));
        by_message.emplace(writing.result->message_id, &writing);
    }
    if (by_message.empty()) return;
    for (const pqxx::row& row : exec(transaction, outbox_statements().read_attempts, ids.text())) {
        Writing& writing = *by_message.at(row[0].as<MessageId>());
        EndedAttempt attempt;
        attempt.id = row[1].as<AttemptId>();
        if (attempt.id >= writing.own.id) continue;
        attempt.part = row[2].as<int>();
        attempt.parts = row[3].as<int>();
        attempt.verdict = verdict_named(row[4].c_str()).value_or(Verdict::in_doubt);
        attempt.reason = row[5].c_str();
        attempt.provider_id = row[6].c_str();
        attempt.metadata = row[7].c_str();
        attempt.ended = from_sql_time(row[8].c_str());
        attempt.ends_message = row[9].as<bool>();
        writing.earlier.push_back(std::move(attempt));
    }
    for (Writing& writing : writings) {
        writing.earlier = same_run(std::move(writing.earlier), writing.own.part);
    }
    complete_metadata(transaction, writings);
}

/// Writes rows that are as they were claimed; returns the results whose rows are not.
Writings write_unchanged(pqxx::transaction_base& transaction, Writings writings) {
    SqlArray ids, versions, metadata, ended;
    SqlArray errored("f"), destinations("NULL"), texts("NULL"), lookup_keys("NULL");
    for (const Writing& writing : writings) {
        const AttemptResult& result = *writing.result;
        ids.add(static_cast<long long>(result.message_id));
        versions.add(std::string_view(result.row_version.empty() ? "0" : result.row_version));
        errored.add(result.disposition == Disposition::given_up);
        metadata.add(std::string_view(writing.metadata()));
        ended.add(to_sql_time(result.ended));
        destinations.add_optional(result.row.destination);
        lookup_keys.add_optional(result.row.lookup_key);
        if (result.row.message) {
            texts.add(std::string_view(storable(result.row.message->reveal())));
        } else {
            texts.add_null();
        }
    }
    const bool has_keys = std::any_of(writings.begin(), writings.end(), [](const Writing& writing) {
        return writing.result->row.lookup_key.has_value();
    });
    const Statement& statement =
        has_keys ? outbox_statements().write_unchanged_with_key : outbox_statements().write_unchanged;
    const pqxx::result written =
        exec(transaction, statement, ids.text(), versions.text(), errored.text(), metadata.text(),
             ended.text(), destinations.text(), texts.text(), lookup_keys.text());
    std::unordered_set<MessageId> done;
    for (const pqxx::row& row : written) done.insert(row[0].as<MessageId>());
    std::erase_if(writings,
                  [&](const Writing& writing) { return done.contains(writing.result->message_id); });
    return writings;
}

/// Rows as others left them, and what of a person is to be written there: nothing, where that is fine already.
class SealedColumns {
public:
    explicit SealedColumns(Privacy& privacy) : privacy_(privacy) {}

    void add(const pqxx::row& row) {
        if (!privacy_.has_key()) return add_none();
        PersonalValues values{row[3].c_str(), row[4].c_str(), std::nullopt, std::nullopt};
        if (!row[5].is_null()) values.lookup_key = row[5].c_str();
        const SealedRow sealed = seal_row(privacy_, values);
        add_changed(destinations_, values.address, sealed.values.address);
        // A text that is too large to be read stays as it is.
        add_changed(texts_, values.text, row[4].is_null() ? values.text : sealed.values.text);
        lookup_keys_.add_optional(values.lookup_key ? std::nullopt : sealed.values.lookup_key);
    }

    std::string destinations() const { return destinations_.text(); }
    std::string texts() const { return texts_.text(); }
    std::string lookup_keys() const { return lookup_keys_.text(); }

private:
    void add_none() {
        for (SqlArray* column : {&destinations_, &texts_, &lookup_keys_}) column->add_null();
    }
    static void add_changed(SqlArray& column, const std::string& before, const std::string& after) {
        if (before == after) return column.add_null();
        column.add(std::string_view(after));
    }

    Privacy& privacy_;
    SqlArray destinations_{"NULL"}, texts_{"NULL"}, lookup_keys_{"NULL"};
};

/// Writes rows as they now are. With `only_marked`, only those that were given up by this very
/// attempt: nobody has touched them since.
void write_changed(pqxx::transaction_base& transaction, const Writings& writings, const RowKeeping& keeping,
                   bool only_marked = false) {
    Privacy privacy(keeping.encryption, Secret());  // its own: this is no loop thread
    SealedColumns sealed(privacy);
    const OutboxStatements& statements = outbox_statements();
    const bool keys = keeping.lookup_keys && privacy.has_key();
    SqlArray wanted;
    std::unordered_map<MessageId, const Writing*> by_message;
    for (const Writing& writing : writings) {
        wanted.add(static_cast<long long>(writing.result->message_id));
        by_message.emplace(writing.result->message_id, &writing);
    }
    SqlArray ids, errored, metadata, ended;
    std::size_t found = 0;
    std::size_t to_write = 0;
    const Statement& lock = keys ? statements.lock_rows_with_key : statements.lock_rows;
    for (const pqxx::row& row : exec(transaction, lock, wanted.text())) {
        ++found;
        const Writing& writing = *by_message.at(row[0].as<MessageId>());
        std::optional<std::string> before;
        if (!row[1].is_null()) before = row[1].c_str();
        const bool marked = row[2].as<bool>() && marked_attempt(before) == writing.own.id;
        if (only_marked && !marked) continue;
        ids.add(static_cast<long long>(writing.result->message_id));
        errored.add(writing.result->disposition == Disposition::given_up);
        metadata.add(std::string_view(writing.metadata_over(before, privacy)));
        ended.add(to_sql_time(writing.result->ended));
        sealed.add(row);
        ++to_write;
    }
    if (found < by_message.size()) {
        log::warn("rows were deleted while their messages were sent; the journal has the outcome",
                  {{"rows", by_message.size() - found}});
    }
    if (to_write == 0) return;
    exec(transaction, keys ? statements.write_locked_with_key : statements.write_locked, ids.text(),
         errored.text(), metadata.text(), ended.text(), sealed.destinations(), sealed.texts(),
         sealed.lookup_keys());
}

void keep_waiting(pqxx::transaction_base& transaction, const Writings& writings) {
    SqlArray ids, attempts, failed, not_before, reasons, repeats;
    for (const Writing& writing : writings) {
        const AttemptResult& result = *writing.result;
        ids.add(static_cast<long long>(result.message_id));
        attempts.add(static_cast<long long>(result.attempt_id));
        failed.add(result.failed_attempts);
        not_before.add(to_sql_time(result.retry_at));
        reasons.add(std::string_view(storable(result.outcome.reason)));
        repeats.add(result.repeats_key);
    }
    exec(transaction, outbox_statements().keep_waiting, ids.text(), attempts.text(), failed.text(),
         not_before.text(), reasons.text(), repeats.text());
}

void keep_in_doubt(pqxx::transaction_base& transaction, const std::vector<const AttemptResult*>& results) {
    SqlArray ids, reasons, ended, messages;
    for (const AttemptResult* result : results) {
        ids.add(static_cast<long long>(result->attempt_id));
        messages.add(static_cast<long long>(result->message_id));
        reasons.add(std::string_view(storable(result->outcome.reason)));
        ended.add(to_sql_time(result->ended));
    }
    exec(transaction, outbox_statements().doubt, ids.text(), reasons.text(), ended.text(), messages.text());
}

/// Acceptance that comes to be known after a peer had concluded otherwise: it counts all the same.
/// A message that the peer gave up becomes sent; one that waits to go again goes no more, because
/// the journal says so.
void add_evidence(pqxx::transaction_base& transaction, const std::vector<const AttemptResult*>& late,
                  const RowKeeping& keeping) {
    SqlArray messages, attempts, provider_ids, metadata;
    std::unordered_map<AttemptId, const AttemptResult*> by_attempt;
    for (const AttemptResult* result : late) {
        if (result->outcome.verdict != Verdict::sent) continue;
        messages.add(static_cast<long long>(result->message_id));
        attempts.add(static_cast<long long>(result->attempt_id));
        provider_ids.add(std::string_view(storable(result->outcome.provider_id)));
        metadata.add(std::string_view(journal_metadata(result->outcome)));
        by_attempt.emplace(result->attempt_id, result);
    }
    if (by_attempt.empty()) return;
    Writings corrected;
    for (const pqxx::row& row : exec(transaction, outbox_statements().add_evidence, messages.text(),
                                     attempts.text(), provider_ids.text(), metadata.text())) {
        const AttemptResult* result = by_attempt.at(row[0].as<AttemptId>());
        log::error("a request turned out to have been accepted after it was taken as not",
                   {{"message", result->message_id}, {"attempt", result->attempt_id}});
        Writing writing{result, own_attempt(*result), {}, true};
        writing.own.part = row[1].as<int>();
        writing.own.parts = row[2].as<int>();
        if (result->disposition == Disposition::sent) corrected.push_back(std::move(writing));
    }
    if (corrected.empty()) return;
    read_earlier(transaction, corrected);
    write_changed(transaction, corrected, keeping, true);
}

}  // namespace

void write_results(pqxx::transaction_base& transaction, const std::vector<AttemptResult>& results,
                   const RowKeeping& keeping) {
    std::vector<const AttemptResult*> ended;
    std::vector<const AttemptResult*> doubts;
    std::vector<const AttemptResult*> late;  // of attempts that end before: earlier, or in this batch
    std::unordered_set<AttemptId> ends;
    for (const AttemptResult& result : results) {
        if (result.disposition == Disposition::in_doubt) {
            doubts.push_back(&result);
        } else {
            (ends.insert(result.attempt_id).second ? ended : late).push_back(&result);
        }
    }
    if (!doubts.empty()) keep_in_doubt(transaction, doubts);
    Writings open = close_attempts(transaction, ended);
    for (const Writing& writing : open) ends.erase(writing.own.id);
    for (const AttemptResult* result : ended) {
        if (ends.contains(result->attempt_id)) late.push_back(result);
    }
    Writings final;
    Writings waiting;
    for (Writing& writing : open) {
        const Disposition disposition = writing.result->disposition;
        const bool is_final = disposition == Disposition::sent || disposition == Disposition::given_up;
        (is_final ? final : waiting).push_back(std::move(writing));
    }
    if (!final.empty()) {
        read_earlier(transaction, final);
        const Writings changed = write_unchanged(transaction, std::move(final));
        if (!changed.empty()) write_changed(transaction, changed, keeping);
    }
    if (!waiting.empty()) keep_waiting(transaction, waiting);
    if (!late.empty()) add_evidence(transaction, late, keeping);
    for (const AttemptResult& result : results) {
        if (result.suppression) change_suppression(transaction, *result.suppression);
    }
}

}  // namespace postrider

#include "lib/store/message_actions.h"

#include "lib/dispatch/result_metadata.h"
#include "lib/schedule/iso_time.h"
#include "lib/store/locked_messages.h"
#include "lib/store/read_statements.h"
#include "lib/store/result_writer.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/text/json_object.h"
#include "lib/text/trim.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <functional>

namespace postrider {

namespace {

constexpr std::size_t batch_max = 500;

using Ids = MessageActions::Ids;
using Results = MessageActions::Results;

std::string array_of(const Ids& ids) {
    SqlArray array;
    for (MessageId id : ids) array.add(static_cast<long long>(id));
    return array.text();
}

/// One action on a batch: it decides on each message, and then does what it has to with all that it chose.
struct Action {
    std::function<ActionResult(MessageId id, const LockedMessage& message)> decide;
    std::function<void(pqxx::work& transaction, const Ids& chosen, const LockedMessages& messages)> carry_out;
};

ActionResult refused(MessageId id, std::string why) { return {id, false, std::move(why)}; }
ActionResult done(MessageId id, std::string what) { return {id, true, std::move(what)}; }

Results in_batches(pqxx::connection& connection, const Ids& ids, const Action& action) {
    Results results;
    for (std::size_t begin = 0; begin < ids.size(); begin += batch_max) {
        const auto from = ids.begin() + static_cast<std::ptrdiff_t>(begin);
        const Ids batch(from, from + static_cast<std::ptrdiff_t>(std::min(batch_max, ids.size() - begin)));
        pqxx::work transaction(connection);
        const LockedMessages messages = lock_messages(transaction, batch);
        Ids chosen;
        for (MessageId id : batch) {
            const auto found = messages.find(id);
            results.push_back(found == messages.end() ? refused(id, "does not exist")
                                                      : action.decide(id, found->second));
            if (results.back().done) chosen.push_back(id);
        }
        if (!chosen.empty()) action.carry_out(transaction, chosen, messages);
        transaction.commit();
    }
    return results;
}

/// Any daemon that has the rows as they were, or is about to claim them, looks again.
void touch(pqxx::work& transaction, const Ids& ids) {
    transaction.exec_params(
        "update simple_messaging_outgoingmessage set errored = errored where id = any ($1::bigint[])",
        array_of(ids));
}

/// They need not settle, and the doorbell rings.
void declare_ready(pqxx::work& transaction, const Ids& ids) {
    transaction.exec_params("select postrider.ready(variadic $1::bigint[])", array_of(ids));
}

/// What ended in doubt has been seen to.
void close_doubts(pqxx::work& transaction, const Ids& ids) {
    transaction.exec_params(
        "update postrider.attempt_history set handled = now() where message_id = any ($1::bigint[]) "
        "and verdict = 'in_doubt' and disposition = 'given_up' and handled is null",
        array_of(ids));
}

void write_metadata(pqxx::work& transaction, const Ids& ids, const LockedMessages& messages, const char* more,
                    const std::function<std::string(const LockedMessage&)>& metadata) {
    SqlArray texts;
    for (MessageId id : ids) texts.add(std::string_view(metadata(messages.at(id))));
    transaction.exec_params(
        fmt::format("update simple_messaging_outgoingmessage m set {}transmission_metadata = r.metadata "
                    "from unnest($1::bigint[], $2::text[]) as r(id, metadata) where m.id = r.id",
                    more),
        array_of(ids), texts.text());
}

/// Without what an end left there, but for the marker that tells this reset from a stale save.
std::string reset_metadata(const LockedMessage& message) {
    boost::json::object marker;
    if (message.last_end != 0 && marked_attempt(message.metadata) != message.last_end) {
        marker["postrider"] = {{"attempt", message.last_end}};
    }
    auto object = JsonObjectText::read(splice_metadata(message.metadata, marker));
    for (const char* key : {"error", "error_handled"}) object->erase(key);
    return object->text();
}

void set_hold(pqxx::work& transaction, const Ids& ids, bool held, const std::string& reason) {
    transaction.exec_params(
        "insert into postrider.message_hold (message_id, held, reason) "
        "select id, $2::boolean, $3 from unnest($1::bigint[]) as w(id) "
        "on conflict (message_id) do update set held = excluded.held, since = now(), reason = "
        "excluded.reason",
        array_of(ids), held, storable(reason));
    touch(transaction, ids);
}

/// An attempt of nobody's: it keeps daemons from the message, and whoever has one open from us.
std::map<MessageId, AttemptId> open_attempts(pqxx::work& transaction, const Ids& ids,
                                             const std::vector<Hash>& contents) {
    SqlArray hashes;
    for (const Hash& hash : contents) {
        hashes.add_bytes({reinterpret_cast<const char*>(hash.data()), hash.size()});
    }
    std::map<MessageId, AttemptId> opened;
    for (const pqxx::row& row : transaction.exec_params(
             "insert into postrider.attempt (message_id, part, parts, channel, shard, conversation, "
             "daemon_id, "
             "idempotency_key, first_sent, content_hash, destination, send_date) "
             "select m.id, 0, 0, '', 0, '', 0, gen_random_uuid(), now(), r.content, '', m.send_date "
             "from unnest($1::bigint[], $2::bytea[]) as r(id, content) "
             "join simple_messaging_outgoingmessage m on m.id = r.id returning message_id, id",
             array_of(ids), hashes.text())) {
        opened.emplace(row[0].as<MessageId>(), row[1].as<AttemptId>());
    }
    return opened;
}

TimePoint now_of(pqxx::work& transaction) {
    return from_sql_time(transaction.exec("select " + sql_time("clock_timestamp()"))[0][0].c_str());
}

AttemptResult cancelled(MessageId id, AttemptId attempt, const std::string& reason, TimePoint now) {
    AttemptResult result;
    result.attempt_id = attempt;
    result.message_id = id;
    result.outcome = Outcome::failed(Verdict::rejected, reason);
    result.outcome.metadata["error"] = reason;
    result.disposition = Disposition::given_up;
    result.ended = now;
    return result;
}

}  // namespace

MessageActions::MessageActions(const DatabaseSettings& settings, const EncryptionSettings& encryption)
    : connection_(open_connection(settings)),
      installation_(inspect_installation(*connection_)),
      encryption_(encryption),
      privacy_(encryption, installation_.hash_salt) {}

MessageActions::~MessageActions() = default;

MessageActions::Ids MessageActions::find_errored(const Errored& wanted) {
    const char* const since = wanted.since.empty() ? nullptr : wanted.since.c_str();
    Ids ids;
    try {
        pqxx::work transaction(*connection_);
        transaction.exec(
            "set local statement_timeout = 0");  // errored rows have no index on the site's table
        for (const pqxx::row& row : transaction.exec_params(
                 "select m.id from simple_messaging_outgoingmessage m " + join_last_end("m.id") +
                     "where m.errored "
                     "and ($1 = '' or coalesce(nullif(e.channel, ''), "
                     "    postrider.metadata_text(m.transmission_metadata, 'message_channel')) = $1) "
                     "and ($2::timestamptz is null or m.sent_date >= $2::timestamptz "
                     "    or (m.sent_date is null and m.send_date >= $2::timestamptz)) "
                     "and ($3 = '' or exists (select from jsonb_each_text(e.metadata::jsonb) k "
                     "    where k.key like '%error\\_code' and k.value = $3)) order by m.id",
                 wanted.channel, since, wanted.error_code)) {
            ids.push_back(row[0].as<MessageId>());
        }
    } catch (const pqxx::data_exception& error) {
        throw DatabaseSetupError(error.what());
    }
    return ids;
}

MessageActions::Results MessageActions::retry(const Ids& ids, bool in_doubt) {
    Action action;
    action.decide = [&](MessageId id, const LockedMessage& message) {
        if (const auto why = message.busy()) return refused(id, *why);
        if (message.waits) {
            return message.retry_waits ? done(id, "is tried again at once")
                                       : refused(id, "has not been tried yet: it goes when it is due");
        }
        if (!message.errored) return refused(id, "has been sent");
        if (message.ended_in_doubt && !in_doubt) {
            return refused(id,
                           "may have arrived: look it up at the provider; --in-doubt sends it all the same");
        }
        return done(id, "is to be sent again");
    };
    action.carry_out = [](pqxx::work& transaction, const Ids& chosen, const LockedMessages& messages) {
        Ids errored;
        for (MessageId id : chosen) {
            if (messages.at(id).errored) errored.push_back(id);
        }
        if (!errored.empty()) {
            write_metadata(transaction, errored, messages, "errored = false, sent_date = null, ",
                           reset_metadata);
            close_doubts(transaction, errored);
        }
        transaction.exec_params(
            "insert into postrider.retry (message_id, failed_attempts, not_before, reason, retried) "
            "select id, 0, now(), 'an operator asked for another try', now() "
            "from unnest($1::bigint[]) as w(id) on conflict (message_id) do update set failed_attempts = 0, "
            "not_before = excluded.not_before, reason = excluded.reason, retried = excluded.retried",
            array_of(chosen));
        touch(transaction, chosen);
        declare_ready(transaction, chosen);
    };
    return in_batches(*connection_, ids, action);
}

MessageActions::Results MessageActions::cancel(const Ids& ids, const std::string& reason) {
    Action action;
    action.decide = [](MessageId id, const LockedMessage& message) {
        if (const auto why = message.busy()) return refused(id, *why + ": too late");
        if (message.overwritten) return refused(id, "has ended already; its row is about to say so again");
        if (!message.waits) return refused(id, message.errored ? "has errored already" : "has been sent");
        return done(id, "is cancelled");
    };
    action.carry_out = [&](pqxx::work& transaction, const Ids& chosen, const LockedMessages& messages) {
        std::vector<Hash> contents;
        for (MessageId id : chosen) {
            const LockedMessage& message = messages.at(id);
            auto destination = privacy_.open(message.destination);
            auto text = privacy_.open(message.text);
            contents.push_back(privacy_.content(
                Address(std::string(without_outer_space(destination.value.value_or(message.destination)))),
                Text(text.value.value_or(message.text))));
            for (auto* value : {&destination.value, &text.value}) {
                if (*value) wipe(**value);
            }
        }
        const TimePoint now = now_of(transaction);
        const std::string why = "cancelled by an operator" + (reason.empty() ? "" : ": " + reason);
        std::vector<AttemptResult> results;
        for (const auto& [id, attempt] : open_attempts(transaction, chosen, contents)) {
            results.push_back(cancelled(id, attempt, storable(why), now));
        }
        write_results(transaction, results, {encryption_, installation_.has_lookup_keys});
    };
    return in_batches(*connection_, ids, action);
}

MessageActions::Results MessageActions::hold(const Ids& ids, const std::string& reason) {
    Action action;
    action.decide = [](MessageId id, const LockedMessage& message) {
        if (!message.waits) return refused(id, message.errored ? "has errored already" : "has been sent");
        const auto busy = message.busy();
        return done(id, busy ? "is held for later tries, but " + *busy : "is held");
    };
    action.carry_out = [&](pqxx::work& transaction, const Ids& chosen, const LockedMessages&) {
        set_hold(transaction, chosen, true, reason);
    };
    return in_batches(*connection_, ids, action);
}

MessageActions::Results MessageActions::release(const Ids& ids) {
    Action action;
    action.decide = [](MessageId id, const LockedMessage& message) {
        if (!message.waits) return refused(id, message.errored ? "has errored already" : "has been sent");
        return done(id, "is released");
    };
    action.carry_out = [](pqxx::work& transaction, const Ids& chosen, const LockedMessages&) {
        set_hold(transaction, chosen, false, "");
        declare_ready(transaction, chosen);
    };
    return in_batches(*connection_, ids, action);
}

MessageActions::Results MessageActions::mark_handled(const Ids& ids) {
    Action action;
    action.decide = [](MessageId id, const LockedMessage& message) {
        return message.errored ? done(id, "is marked as handled") : refused(id, "has not errored");
    };
    action.carry_out = [](pqxx::work& transaction, const Ids& chosen, const LockedMessages& messages) {
        const std::string now = to_iso_time(now_of(transaction));
        // The Django package counts errored messages without this key.
        write_metadata(transaction, chosen, messages, "", [&](const LockedMessage& message) {
            return splice_metadata(message.metadata, {{"error_handled", now}});
        });
        close_doubts(transaction, chosen);
    };
    return in_batches(*connection_, ids, action);
}

}  // namespace postrider

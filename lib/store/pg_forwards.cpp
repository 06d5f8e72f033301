#include "lib/store/pg_forwards.h"

#include "lib/store/forward_writer.h"
#include "lib/store/prepared.h"
#include "lib/store/refused_content.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/store/text_list.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <unordered_map>

namespace postrider {

namespace {

std::optional<std::string> text_or_none(const pqxx::field& field) {
    if (field.is_null()) return std::nullopt;
    return field.c_str();
}

struct Statements {
    /// What a daemon was at when it ended is due.
    Statement free{"forward_free", R"(
        update postrider.forward f set daemon_id = null, not_before = f.created
        where f.daemon_id is not null and f.daemon_id <> $1::bigint and f.dead is null and not exists (
            select from postrider.daemon d where d.id = f.daemon_id and d.ended is null))"};
    /// The first that waits of each conversation, if it is due. What another daemon is taking at this moment is
    /// left to it; what it took a moment ago is not due any more. A daemon that was declared dead takes nothing.
    Statement take{"forward_take", fmt::format(R"(
        with due as materialized (
            select f.id from postrider.forward f
            where f.endpoint = $1 and f.dead is null and f.not_before <= greatest({0}, now())
              and exists (select from postrider.daemon me where me.id = $3::bigint and me.ended is null)
              and not exists (
                  select from postrider.forward e where e.endpoint = f.endpoint
                  and e.conversation = f.conversation and e.id < f.id and e.dead is null)
              and not ($5::boolean and f.event = 'message.received' and exists (
                  select from postrider.media_fetch m where m.message_id = f.message_id))
            order by f.not_before, f.id limit $4::bigint for update skip locked),
        taken as (
            update postrider.forward f set daemon_id = $3::bigint, not_before = {1}
            from due where f.id = due.id returning f.*)
        select t.id, 'fwd_' || t.id || '_' || (extract(epoch from t.created) * 1000000)::bigint, {2}, t.tries,
               t.message_id, t.report
        from taken t order by t.id)",
                                               sql_timestamp("$2::bigint"), sql_timestamp("$6::bigint"),
                                               sql_time("coalesce(t.redriven, t.created)"))};
    Statement conversations{"forward_conversations", R"(
        select distinct f.conversation from postrider.forward f where f.id = any ($1::bigint[]))"};
    Statement messages{"forward_messages", fmt::format(R"(
        select m.id, m.sender, m.recipient, m.message, {}, m.transmission_metadata
        from simple_messaging_incomingmessage m where m.id = any ($1::bigint[]))",
                                                       sql_time("m.receive_date"))};
    Statement media{"forward_media", R"(
        select p.message_id, p.content_type, p.content_file, p.content_url
        from simple_messaging_incomingmessagemedia p where p.message_id = any ($1::bigint[])
        order by p.message_id, p."index", p.id)"};
    Statement forget{"forward_forget", R"(
        delete from postrider.forward where id = any ($1::bigint[]) returning endpoint, conversation)"};
    Statement fail{"forward_fail", fmt::format(R"(
        update postrider.forward f
        set tries = f.tries + 1, not_before = {}, reason = r.reason, daemon_id = null,
            dead = case when r.dead then clock_timestamp() end
        from unnest($1::bigint[], $2::bigint[], $3::text[], $4::boolean[]) as r(id, not_before, reason, dead)
        where f.id = r.id and f.daemon_id = $5::bigint and f.dead is null
        returning f.endpoint, f.conversation, f.dead is not null)",
                                               sql_timestamp("r.not_before"))};
    Statement reply{"forward_reply", R"(
        update postrider.inbound set application_replies = $2 where message_id = $1::bigint
        and (application_replies is null or $3::boolean))"};
    /// Each once: the key is of the webhook that told of the message.
    Statement send{"forward_send", R"(
        select postrider.enqueue($1, $2, channel => nullif($3, ''),
                                 metadata => jsonb_build_object('in_reply_to', $4::bigint), idempotency_key => $5))"};
    Statement backlog{"forward_backlog", fmt::format(R"(
        select f.endpoint, count(*) filter (where f.dead is null), count(f.dead), {}
        from postrider.forward f group by f.endpoint)",
                                                     sql_time("coalesce(min(coalesce(f.redriven, f.created)) "
                                                              "filter (where f.dead is null), now())"))};
};

const Statements& statements() {
    static const Statements all;
    return all;
}

class PgForwards final : public ForwardStore {
public:
    PgForwards(Database& database, std::function<DaemonId()> daemon)
        : database_(database), daemon_(std::move(daemon)) {}

    Task<std::vector<Forward>> take(TimePoint now, TimePoint until, std::vector<Wanted> wanted) override {
        const DaemonId daemon = daemon_();
        if (daemon == 0) co_return std::vector<Forward>();
        auto work = [&, daemon](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            std::vector<Forward> taken;
            exec(transaction, statements().free, daemon);
            for (const Wanted& each : wanted) {
                for (const pqxx::row& row :
                     exec(transaction, statements().take, each.endpoint, to_sql_time(now), daemon,
                          static_cast<long long>(each.limit), each.waits_for_media, to_sql_time(until)))
                    taken.push_back(forward_of(each.endpoint, row));
            }
            read_messages(transaction, taken);
            transaction.commit();
            return taken;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::size_t> settle(ForwardResults results) override {
        const DaemonId daemon = daemon_();
        auto work = [&, daemon](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            lock_conversations(transaction, conversations_of(transaction, results));
            release_next(transaction, write(transaction, results, daemon));
            std::size_t refused = 0;
            for (const ForwardReply& each : results.replies) refused += write_reply(transaction, each);
            transaction.commit();
            return refused;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::map<std::string, ForwardBacklog>> backlog() override {
        auto work = [](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            std::map<std::string, ForwardBacklog> all;
            for (const pqxx::row& row : exec(transaction, statements().backlog)) {
                ForwardBacklog& backlog = all[row[0].c_str()];
                backlog.waiting = row[1].as<std::size_t>();
                backlog.dead = row[2].as<std::size_t>();
                backlog.oldest = from_sql_time(row[3].c_str());
            }
            return all;
        };
        co_return co_await database_.run(work);
    }

private:
    static std::vector<std::string> conversations_of(pqxx::transaction_base& transaction,
                                                     const ForwardResults& results) {
        SqlArray ids;
        for (const std::int64_t id : results.told) ids.add(static_cast<long long>(id));
        for (const ForwardResults::Failed& each : results.failed) ids.add(static_cast<long long>(each.id));
        std::vector<std::string> names;
        for (const pqxx::row& row : exec(transaction, statements().conversations, ids.text()))
            names.emplace_back(row[0].c_str());
        return names;
    }

    /// Those that are before others no more.
    static std::vector<EndedForward> write(pqxx::transaction_base& transaction, const ForwardResults& results,
                                           DaemonId daemon) {
        std::vector<EndedForward> ended;
        SqlArray told;
        for (const std::int64_t id : results.told) told.add(static_cast<long long>(id));
        if (!results.told.empty()) {
            for (const pqxx::row& row : exec(transaction, statements().forget, told.text()))
                ended.push_back({row[0].c_str(), row[1].c_str()});
        }
        SqlArray ids, moments, reasons, dead;
        for (const ForwardResults::Failed& each : results.failed) {
            ids.add(static_cast<long long>(each.id));
            moments.add(to_sql_time(each.not_before));
            reasons.add(std::string_view(each.reason));
            dead.add(each.dead);
        }
        if (results.failed.empty()) return ended;
        for (const pqxx::row& row : exec(transaction, statements().fail, ids.text(), moments.text(),
                                         reasons.text(), dead.text(), daemon)) {
            if (row[2].as<bool>()) ended.push_back({row[0].c_str(), row[1].c_str()});
        }
        return ended;
    }

    /// What was recorded as its webhook's answer, and goes as messages after all, is its answer no more.
    /// How many the database refuses for what is in them: such must not hold up all others.
    static std::size_t write_reply(pqxx::transaction_base& transaction, const ForwardReply& reply) {
        const std::vector<std::string> in_answer = reply.in_answer ? reply.texts : std::vector<std::string>();
        exec(transaction, statements().reply, static_cast<long long>(reply.message_id),
             to_text_list(in_answer), !reply.in_answer);
        if (reply.in_answer) return 0;
        std::size_t number = 0, refused = 0;
        for (const std::string& text : reply.texts) {
            transaction.exec("savepoint one_reply");
            try {
                exec(transaction, statements().send, reply.destination, text, reply.channel,
                     static_cast<long long>(reply.message_id),
                     fmt::format("reply {} {}", reply.webhook_id, ++number));
            } catch (const pqxx::sql_error& error) {
                if (!blames_content(error.sqlstate())) throw;
                transaction.exec("rollback to savepoint one_reply");
                ++refused;
            }
            transaction.exec("release savepoint one_reply");
        }
        return refused;
    }

    static Forward forward_of(const std::string& endpoint, const pqxx::row& row) {
        Forward forward;
        forward.endpoint = endpoint;
        forward.id = row[0].as<long long>();
        forward.webhook_id = row[1].c_str();
        forward.since = from_sql_time(row[2].c_str());
        forward.tries = row[3].as<int>();
        forward.message_id = row[4].as<long long>();
        forward.report = text_or_none(row[5]);
        return forward;
    }

    /// Where the row is gone, there is none.
    static void read_messages(pqxx::transaction_base& transaction, std::vector<Forward>& forwards) {
        SqlArray ids;
        std::unordered_multimap<long long, Forward*> of_message;  // several endpoints may be told of one
        for (Forward& each : forwards) {
            if (each.report) continue;
            ids.add(static_cast<long long>(each.message_id));
            of_message.emplace(each.message_id, &each);
        }
        if (of_message.empty()) return;
        for (const pqxx::row& row : exec(transaction, statements().messages, ids.text())) {
            const auto [begin, end] = of_message.equal_range(row[0].as<long long>());
            for (auto it = begin; it != end; ++it) {
                ForwardedMessage& message = it->second->message.emplace();
                message.sender = row[1].c_str();
                message.recipient = row[2].c_str();
                message.text = row[3].c_str();
                message.received = from_sql_time(row[4].c_str());
                message.metadata = text_or_none(row[5]);
            }
        }
        for (const pqxx::row& row : exec(transaction, statements().media, ids.text())) {
            const auto [begin, end] = of_message.equal_range(row[0].as<long long>());
            for (auto it = begin; it != end; ++it) {
                if (it->second->message)
                    it->second->message->media.push_back(
                        {row[1].c_str(), text_or_none(row[2]), text_or_none(row[3])});
            }
        }
    }

    Database& database_;
    std::function<DaemonId()> daemon_;
};

}  // namespace

std::unique_ptr<ForwardStore> make_pg_forwards(Database& database, std::function<DaemonId()> daemon) {
    return std::make_unique<PgForwards>(database, std::move(daemon));
}

}  // namespace postrider

#include "lib/store/pg_media_fetch.h"

#include "lib/store/media_errors.h"
#include "lib/store/prepared.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <optional>

namespace postrider {

namespace {

struct Statements {
    /// What another daemon was at when it ended is due.
    Statement take{"media_take", fmt::format(R"(
        with due as materialized (
            select f.media_id from postrider.media_fetch f
            where f.not_before <= {0} or (f.daemon_id <> $3::bigint and not exists (
                select from postrider.daemon d where d.id = f.daemon_id and d.ended is null))
            order by f.not_before limit $4::bigint for update skip locked),
        taken as (
            update postrider.media_fetch f
            set daemon_id = $3::bigint, tries = f.tries + 1, not_before = {1}
            from due where f.media_id = due.media_id returning f.*)
        select t.media_id, t.message_id, t.channel, t.tries, {2}, p.id is not null and p.content_file is null,
               p.content_url, p.content_type
        from taken t left join simple_messaging_incomingmessagemedia p on p.id = t.media_id
        order by t.media_id)",
                                             sql_timestamp("$1::bigint"), sql_timestamp("$2::bigint"),
                                             sql_time("t.queued"))};
    Statement postpone{"media_postpone", fmt::format(R"(
        update postrider.media_fetch set not_before = {}, reason = $3, daemon_id = null
        where media_id = $1::bigint and daemon_id = $4::bigint)",
                                                     sql_timestamp("$2::bigint"))};
    /// Two files of one message that end at once take turns: one of them is the last.
    Statement lock{"media_lock", R"(
        select transmission_metadata from simple_messaging_incomingmessage where id = $1::bigint for update)"};
    Statement end{"media_end", "delete from postrider.media_fetch where media_id = $1::bigint"};
    Statement write{"media_write", R"(
        update simple_messaging_incomingmessagemedia
        set content_file = $2, content_type = coalesce(nullif($3, ''), content_type)
        where id = $1::bigint and content_file is null returning "index")"};
    Statement blame{"media_blame", R"(
        update simple_messaging_incomingmessage set transmission_metadata = $2 where id = $1::bigint)"};
    Statement rest{"media_rest", R"(
        select not exists (select from postrider.media_fetch where message_id = $1::bigint))"};
    Statement tell{"media_tell", "select pg_notify('postrider_incoming', $1)"};
    Statement backlog{"media_backlog", fmt::format(R"(
        select count(*), {}, (array_agg(reason order by queued))[1] from postrider.media_fetch)",
                                                   sql_time("coalesce(min(queued), now())"))};
};

const Statements& statements() {
    static const Statements all;
    return all;
}

class PgMediaFetch final : public MediaFetchStore {
public:
    PgMediaFetch(Database& database, std::function<DaemonId()> daemon)
        : database_(database), daemon_(std::move(daemon)) {}

    Task<std::vector<DueMedium>> take(TimePoint now, TimePoint until, std::size_t limit) override {
        const DaemonId daemon = daemon_();
        if (daemon == 0) co_return std::vector<DueMedium>();
        auto work = [=](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            std::vector<DueMedium> due;
            for (const pqxx::row& row : exec(transaction, statements().take, to_sql_time(now),
                                             to_sql_time(until), daemon, static_cast<long long>(limit))) {
                DueMedium& medium = due.emplace_back();
                medium.media_id = row[0].as<long long>();
                medium.message_id = row[1].as<long long>();
                medium.channel = row[2].c_str();
                medium.tries = row[3].as<int>();
                medium.queued = from_sql_time(row[4].c_str());
                medium.wanted = row[5].as<bool>();
                medium.url = row[6].c_str();
                medium.content_type = row[7].c_str();
            }
            transaction.commit();
            return due;
        };
        co_return co_await database_.run(work);
    }

    Task<> postpone(std::int64_t media_id, TimePoint not_before, std::string reason) override {
        const DaemonId daemon = daemon_();
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            exec(transaction, statements().postpone, media_id, to_sql_time(not_before), reason, daemon);
            transaction.commit();
            return true;
        };
        co_await database_.run(std::ref(work));
    }

    Task<bool> finish(EndedMedium ended) override {
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            const bool last = write(transaction, ended);
            transaction.commit();
            return last;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<MediaBacklog> backlog() override {
        auto work = [](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            const pqxx::row row = exec(transaction, statements().backlog)[0];
            MediaBacklog backlog;
            backlog.waiting = row[0].as<std::size_t>();
            backlog.oldest = from_sql_time(row[1].c_str());
            backlog.reason = row[2].c_str();
            return backlog;
        };
        co_return co_await database_.run(work);
    }

private:
    /// Whether it was the last of its message.
    static bool write(pqxx::transaction_base& transaction, const EndedMedium& ended) {
        const pqxx::result message = exec(transaction, statements().lock, ended.message_id);
        if (exec(transaction, statements().end, ended.media_id).affected_rows() == 0) return false;
        const pqxx::result row = exec(transaction, statements().write, ended.media_id, ended.content_file,
                                      ended.content_file.empty() ? "" : ended.content_type);
        if (ended.content_file.empty() && !row.empty() && !message.empty()) {
            std::optional<std::string> metadata;
            if (!message[0][0].is_null()) metadata = message[0][0].c_str();
            exec(transaction, statements().blame, ended.message_id,
                 with_media_error(metadata, row[0][0].as<int>(), ended.reason));
        }
        const bool last = exec(transaction, statements().rest, ended.message_id)[0][0].as<bool>();
        if (last) exec(transaction, statements().tell, std::to_string(ended.message_id));
        return last;
    }

    Database& database_;
    std::function<DaemonId()> daemon_;
};

}  // namespace

std::unique_ptr<MediaFetchStore> make_pg_media_fetch(Database& database, std::function<DaemonId()> daemon) {
    return std::make_unique<PgMediaFetch>(database, std::move(daemon));
}

}  // namespace postrider

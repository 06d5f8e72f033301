#include "lib/store/pg_membership.h"

#include "lib/log/log.h"
#include "lib/store/advisory_lock.h"
#include "lib/store/host_name.h"

#include <fmt/format.h>
#include <pqxx/pqxx>
#include <unistd.h>

#include <thread>

namespace postrider {

namespace {

constexpr int lock_tries = 50;
constexpr std::chrono::milliseconds lock_pause{10};
constexpr std::chrono::milliseconds last_call_max{2000};  // two such in the dispatcher's time for leaving

/// One daemon's life in the ledger, as calls on the connection that holds its lock.
class Life {
public:
    Life(pqxx::connection& connection, DaemonPart part) : connection_(connection), part_(part) {}

    /// After a broken link we are still who we were, unless a peer has buried us meanwhile.
    bool resume(DaemonId id) {
        pqxx::nontransaction session(connection_);
        // The server may not know yet that the old link is gone, and keep the lock for it.
        session.exec_params(holders_of("l.objid::bigint = $2::bigint"), advisory::daemons, id);
        if (!lock_soon(session, id)) return false;
        return !session
                    .exec_params("select from postrider.daemon where id = $1::bigint and ended is null", id)
                    .empty();
    }

    DaemonId enter() {
        pqxx::work transaction(connection_);
        const auto id =
            transaction
                .exec_params(
                    "insert into postrider.daemon (host, process, version, sends) values ($1, $2::int, $3, "
                    "$4::boolean) returning id",
                    host_name(), ::getpid(), POSTRIDER_VERSION, part_ == DaemonPart::all)[0][0]
                .as<DaemonId>();
        transaction.exec_params("insert into postrider.heartbeat values ($1::bigint, clock_timestamp())", id);
        // Before it can be seen: a row without a lock would look like a dead daemon's.
        transaction.exec_params("select pg_advisory_lock($1::int, $2::int)", advisory::daemons, id);
        transaction.commit();
        return id;
    }

    Beat beat(DaemonId me) {
        end_frozen_peers(me);
        pqxx::work transaction(connection_);
        Beat beat;
        const pqxx::result lock = transaction.exec_params(
            "select from pg_locks l where l.locktype = 'advisory' and l.classid = $1::int::oid "
            "and l.objid = $2::int::oid and l.pid = pg_backend_pid()",
            advisory::daemons, me);
        if (lock.empty())
            throw pqxx::broken_connection("the connection that held this daemon's lock is gone");
        beat.died = bury(transaction, me);
        transaction.exec_params(
            "update postrider.heartbeat set at = clock_timestamp() where daemon_id = $1::bigint", me);
        const pqxx::result living =
            transaction.exec("select id, sends from postrider.daemon where ended is null");
        for (const pqxx::row& row : living) {
            const auto id = row[0].as<DaemonId>();
            beat.alive |= id == me;
            if (!row[1].as<bool>()) continue;
            beat.place += id < me ? 1 : 0;
            ++beat.daemons;
        }
        if (beat.alive && part_ == DaemonPart::all) deal(transaction, me, beat);
        transaction.commit();
        return beat;
    }

    void give_back(DaemonId me, const std::set<int>& shards) {
        pqxx::work transaction(connection_);
        for (int shard : shards) {
            transaction.exec_params(
                "update postrider.shard set daemon_id = null where shard = $1::smallint and daemon_id = "
                "$2::bigint",
                shard, me);
        }
        transaction.commit();
    }

    void leave(DaemonId me) {
        pqxx::work transaction(connection_);
        transaction.exec_params("update postrider.daemon set ended = now() where id = $1::bigint", me);
        transaction.exec_params("update postrider.shard set daemon_id = null where daemon_id = $1::bigint",
                                me);
        transaction.commit();
    }

private:
    static std::string holders_of(const std::string& condition) {
        return "select pg_terminate_backend(l.pid) from pg_locks l where l.locktype = 'advisory' and "
               "l.granted "
               "and l.classid = $1::int::oid and l.pid <> pg_backend_pid() "
               "and l.database = (select oid from pg_database where datname = current_database()) and " +
               condition;
    }

    /// The session that was ended takes a moment to let go of its lock.
    static bool lock_soon(pqxx::nontransaction& session, DaemonId id) {
        for (int left = lock_tries;; --left) {
            const auto locked =
                session.exec_params("select pg_try_advisory_lock($1::int, $2::int)", advisory::daemons, id);
            if (locked[0][0].as<bool>()) return true;
            if (left == 0) return false;
            std::this_thread::sleep_for(lock_pause);
        }
    }

    /// A frozen process keeps its lock; its heartbeat tells. Ending its session frees the lock, and
    /// its lease ended with the same heartbeat, so it starts no request when it thaws.
    void end_frozen_peers(DaemonId me) {
        pqxx::nontransaction session(connection_);
        try {
            session.exec_params(
                holders_of(
                    "exists (select from postrider.heartbeat h join postrider.daemon d on d.id = h.daemon_id "
                    "where d.ended is null and d.id = l.objid::bigint and d.id <> $2::bigint "
                    "and h.at < clock_timestamp() - interval '10 seconds')"),
                advisory::daemons, me);
        } catch (const pqxx::insufficient_privilege&) {
            log::error("a frozen daemon runs as another database role: its session cannot be ended");
        }
    }

    /// Ends peers whose lock nobody holds: their process or connection is gone.
    std::vector<DaemonId> bury(pqxx::work& transaction, DaemonId me) {
        const pqxx::result dead = transaction.exec_params(
            "update postrider.daemon d set ended = now() where d.ended is null and d.id <> $2::bigint "
            "and pg_try_advisory_xact_lock($1::int, d.id::int) returning d.id",
            advisory::daemons, me);
        std::vector<DaemonId> died;
        for (const pqxx::row& row : dead) died.push_back(row[0].as<DaemonId>());
        return died;
    }

    /// Every living daemon that sends has its even share of the shards.
    void deal(pqxx::work& transaction, DaemonId me, Beat& beat) {
        transaction.exec(
            "update postrider.shard s set daemon_id = null from postrider.daemon d "
            "where d.id = s.daemon_id and d.ended is not null");
        const pqxx::result owned = transaction.exec_params(
            "select shard from postrider.shard where daemon_id = $1::bigint order by shard", me);
        for (const pqxx::row& row : owned) beat.shards.insert(row[0].as<int>());
        const int fair = (shards_max + beat.daemons - 1) / beat.daemons;
        const int have = static_cast<int>(beat.shards.size());
        for (auto it = beat.shards.rbegin(); static_cast<int>(beat.surplus.size()) < have - fair; ++it) {
            beat.surplus.insert(*it);
        }
        if (have >= fair) return;
        const pqxx::result taken = transaction.exec_params(
            "update postrider.shard set daemon_id = $1::bigint where shard in (select shard from "
            "postrider.shard "
            "where daemon_id is null order by shard limit $2::int for update skip locked) returning shard",
            me, fair - have);
        for (const pqxx::row& row : taken) beat.shards.insert(row[0].as<int>());
    }

    pqxx::connection& connection_;
    DaemonPart part_;
};

class PgMembershipOnLink final : public PgMembership {
public:
    PgMembershipOnLink(Executor executor, DatabaseSettings settings, DaemonPart part)
        : database_(std::move(executor), alone(std::move(settings))), part_(part) {}

    DaemonId daemon() const override { return daemon_; }
    Task<> watch() override { return database_.watch(); }
    void close() override { database_.close(); }

    Task<DaemonId> join() override {
        auto work = [before = daemon_, part = part_](pqxx::connection& connection) {
            Life life(connection, part);
            return before != 0 && life.resume(before) ? before : life.enter();
        };
        daemon_ = co_await database_.run(std::ref(work));
        co_return daemon_;
    }

    Task<Beat> beat() override {
        auto work = [me = daemon_, part = part_](pqxx::connection& connection) {
            return Life(connection, part).beat(me);
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<> give_back(std::set<int> shards) override {
        auto work = [&, me = daemon_](pqxx::connection& connection) {
            Life(connection, part_).give_back(me, shards);
            return true;
        };
        co_await database_.run(std::ref(work));
    }

    Task<> leave() override {
        if (daemon_ == 0) co_return;
        database_.cut_after(last_call_max);
        // The link may have died since the last beat without a word. Then over a new one.
        const bool left = co_await said_goodbye();
        if (!left) co_await say_goodbye();
        daemon_ = 0;
    }

private:
    Task<> say_goodbye() {
        auto work = [me = daemon_, part = part_](pqxx::connection& connection) {
            Life(connection, part).leave(me);
            return true;
        };
        co_await database_.run(std::ref(work));
    }
    Task<bool> said_goodbye() {
        try {
            co_await say_goodbye();
        } catch (const std::exception&) {
            co_return false;
        }
        co_return true;
    }

    static DatabaseSettings alone(DatabaseSettings settings) {
        settings.pool_size = 1;  // one thread, so one connection at a time
        settings.statement_max = std::chrono::milliseconds{3000};
        settings.call_max = std::chrono::milliseconds{6000};
        return settings;
    }

    Database database_;
    DaemonPart part_;
    DaemonId daemon_ = 0;
};

}  // namespace

std::unique_ptr<PgMembership> make_pg_membership(Executor executor, DatabaseSettings settings,
                                                 DaemonPart part) {
    return std::make_unique<PgMembershipOnLink>(std::move(executor), std::move(settings), part);
}

}  // namespace postrider

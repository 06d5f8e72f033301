#include "tests/system/site.h"

#include "tests/system/eventually.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider::testing {

namespace {

constexpr const char* row_columns =
    "select destination, message, sent_date is not null, errored, transmission_metadata, "
    "case when isfinite(send_date) then coalesce(extract(epoch from sent_date - send_date), 0) else 0 end "
    "from simple_messaging_outgoingmessage ";

Row read_row(const pqxx::row& from) {
    Row row;
    row.destination = from[0].c_str();
    row.message = from[1].c_str();
    row.sent = from[2].as<bool>();
    row.errored = from[3].as<bool>();
    if (!from[4].is_null()) row.metadata = from[4].c_str();
    row.lag_seconds = from[5].as<double>();
    return row;
}

MessageId insert_row(pqxx::transaction_base& transaction, const NewRow& row) {
    const std::string send_date =
        row.send_date_sql.empty()
            ? fmt::format("clock_timestamp() + interval '{} milliseconds'", row.send_in.count())
            : row.send_date_sql;
    return transaction
        .exec_params(
            "insert into simple_messaging_outgoingmessage (destination, reference_id, send_date, sent_date, "
            "message, errored, transmission_metadata, message_metadata, lookup_key) values ($1, null, " +
                send_date + ", null, $2, false, $3, '{}', null) returning id",
            row.destination, row.message,
            row.transmission_metadata ? row.transmission_metadata->c_str()
                                      : static_cast<const char*>(nullptr))[0][0]
        .as<MessageId>();
}

}  // namespace

Site::Site(Server& server, Tables tables)
    : server_(server),
      database_(tables == Tables::migrated ? server.create_database() : server.create_empty_database()) {}

Site::~Site() {
    connection_.reset();
    try {
        server_.drop_database(database_);
    } catch (const std::exception&) {
        // The server goes soon, and takes it along.
    }
}

pqxx::connection& Site::connection() {
    if (!connection_ || !connection_->is_open()) {
        connection_ = std::make_unique<pqxx::connection>(url(owner_role));
    }
    return *connection_;
}

MessageId Site::insert(const NewRow& row) {
    pqxx::work transaction(connection());
    const MessageId id = insert_row(transaction, row);
    transaction.commit();
    return id;
}

std::vector<MessageId> Site::insert_all(const std::vector<NewRow>& rows) {
    pqxx::work transaction(connection());
    std::vector<MessageId> ids;
    for (const NewRow& row : rows) ids.push_back(insert_row(transaction, row));
    transaction.commit();
    return ids;
}

Row Site::row(MessageId id) {
    pqxx::nontransaction session(connection());
    return read_row(session.exec_params(row_columns + std::string("where id = $1"), id)[0]);
}

std::vector<Row> Site::rows() {
    pqxx::nontransaction session(connection());
    std::vector<Row> all;
    for (const pqxx::row& row : session.exec(row_columns + std::string("order by id"))) {
        all.push_back(read_row(row));
    }
    return all;
}

void Site::execute(const std::string& sql) {
    try {
        pqxx::nontransaction(connection()).exec(sql);
    } catch (const pqxx::broken_connection&) {
        connection_.reset();
        pqxx::nontransaction(connection()).exec(sql);
    }
}

std::string Site::value(const std::string& sql) {
    const auto ask = [&]() -> std::string {
        const pqxx::result result = pqxx::nontransaction(connection()).exec(sql);
        return result.empty() ? "" : result[0][0].c_str();
    };
    try {
        return ask();
    } catch (const pqxx::broken_connection&) {
        connection_.reset();
        return ask();
    }
}

long long Site::number(const std::string& sql) { return std::stoll(value(sql)); }

bool Site::wait_for_end(MessageId id) {
    return wait_for(
        fmt::format("select sent_date is not null from simple_messaging_outgoingmessage where id = {}", id));
}

bool Site::wait_for_all_ended() {
    return wait_for(
        "select not exists (select from simple_messaging_outgoingmessage where sent_date is null) "
        "and not exists (select from postrider.attempt)");
}

bool Site::wait_for(const std::string& condition_sql) {
    return eventually([&] { return value(condition_sql) == "t"; });
}

std::string Site::dump(const std::string& of_which_tables) {
    // As the superuser: it may read all.
    pqxx::connection superuser(url("postgres"));
    pqxx::nontransaction session(superuser);
    std::string dump;
    for (const pqxx::row& table : session.exec(
             "select format('%I.%I', schemaname, tablename) from pg_tables where " + of_which_tables)) {
        for (const pqxx::row& row : session.exec(fmt::format("select t::text from {} t", table[0].c_str()))) {
            dump += fmt::format("{}: {}\n", table[0].c_str(), row[0].c_str());
        }
    }
    return dump;
}

struct HeldTransaction::Session {
    explicit Session(const std::string& url) : connection(url) {}
    pqxx::connection connection;
    pqxx::work transaction{connection};
};

HeldTransaction::HeldTransaction(const Site& site, const std::string& sql)
    : session_(std::make_unique<Session>(site.url(owner_role))) {
    session_->transaction.exec(sql);
}

HeldTransaction::~HeldTransaction() = default;

void HeldTransaction::commit() const { session_->transaction.commit(); }

}  // namespace postrider::testing

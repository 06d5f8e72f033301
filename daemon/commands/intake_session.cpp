#include "daemon/commands/intake_session.h"

#include "daemon/configuration.h"
#include "lib/store/pg_inbox.h"

#include <boost/asio/co_spawn.hpp>

namespace postrider {

namespace {

void run_on(boost::asio::io_context& io, Task<> task) {
    std::exception_ptr failure;
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error) { failure = error; });
    io.restart();
    io.run();
    if (failure) std::rethrow_exception(failure);
}

Task<> inspect(Database& database, const Executor& executor, Installation& installation) {
    TaskGroup tasks(executor);
    tasks.spawn("database watchdog", database.watch());
    std::exception_ptr trouble;
    try {
        installation = co_await database.run(inspect_installation);
    } catch (...) {
        trouble = std::current_exception();
    }
    tasks.cancel();
    co_await tasks.join();
    if (trouble) std::rethrow_exception(trouble);
}

Installation find_installation(DatabaseSettings settings) {
    settings.pool_size = 1;
    boost::asio::io_context io{1};
    Database database(io.get_executor(), settings);
    Installation installation;
    run_on(io, inspect(database, io.get_executor(), installation));
    return installation;
}

DatabaseSettings settings_of(const Config& config, const Installation& installation,
                             std::string first_statement) {
    DatabaseSettings settings = database_settings(config);
    settings.pool_size = 1;
    settings.site_schema = installation.site_schema;
    settings.first_statement = std::move(first_statement);
    return settings;
}

}  // namespace

IntakeSession::IntakeSession(const Config& config, std::string first_statement)
    : executor_(io_.get_executor()),
      installation_(find_installation(database_settings(config))),
      clock_(executor_),
      privacy_(config.encryption, installation_.hash_salt),
      random_(make_system_random()),
      database_(executor_, settings_of(config, installation_, std::move(first_statement))),
      store_(make_pg_inbox(database_, installation_.incoming_has_lookup_keys,
                           {config.encryption, installation_.has_lookup_keys})),
      inbox_(executor_, clock_, *store_, nullptr, nullptr),
      replies_(executor_, clock_),
      blocked_(executor_, clock_, *store_, privacy_, config.phone_region),
      intake_({clock_, privacy_, inbox_, blocked_, *random_, replies_, config.phone_region}) {
    clock_.sync(installation_.now, installation_.read_at);
}

IntakeSession::~IntakeSession() = default;

void IntakeSession::run(std::function<Task<>()> work) { run_on(io_, work_on(std::move(work))); }

Task<> IntakeSession::work_on(std::function<Task<>()> work) {
    TaskGroup tasks(executor_);
    tasks.spawn("database watchdog", database_.watch());
    tasks.spawn("inbox", inbox_.run());
    std::exception_ptr failure;
    try {
        co_await blocked_.read();
        co_await work();
    } catch (...) {
        failure = std::current_exception();
    }
    tasks.cancel();
    co_await tasks.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace postrider

#include "lib/store/retention.h"

#include "lib/store/installation.h"
#include "lib/store/long_session.h"
#include "lib/store/sql_array.h"

#include <pqxx/pqxx>

#include <algorithm>
#include <limits>

namespace postrider {

namespace {

constexpr int batch_max = 500;
constexpr long long first_id = std::numeric_limits<long long>::min();

class Run {
public:
    Run(pqxx::connection& connection, bool dry_run,
        const std::function<bool(const std::string& name)>& remove_file)
        : connection_(connection), dry_run_(dry_run), remove_file_(remove_file) {}

    void forget_media(const std::string& kind, std::chrono::hours keep) {
        const std::string cutoff = moment_before(keep);
        for (long long last = first_id;;) {
            const pqxx::result batch =
                pqxx::nontransaction(connection_)
                    .exec_params(
                        "select id, content_file, in_use from postrider.expired_media($1, "
                        "$2::timestamptz, $3::bigint, $4::int) order by id",
                        kind, cutoff, last, batch_max);
            if (batch.empty()) return;
            last = batch[batch.size() - 1][0].as<long long>();
            SqlArray ids;
            for (const pqxx::row& row : batch) {
                ids.add(row[0].as<long long>());
                const std::string name = row[1].c_str();
                if (name.empty() || row[2].as<bool>()) continue;
                // Before its row: after that, nobody would know of it.
                report.files += dry_run_ || remove_file_(name) ? 1 : 0;
            }
            report.media +=
                dry_run_
                    ? static_cast<long long>(batch.size())
                    : pqxx::nontransaction(connection_)
                          .exec_params1("select postrider.forget_media($1, $2::timestamptz, $3::bigint[])",
                                        kind, cutoff, ids.text())[0]
                          .as<long long>();
        }
    }

    void forget_messages(const std::string& kind, std::chrono::hours keep, long long& count) {
        const std::string cutoff = moment_before(keep);
        for (long long last = first_id;;) {
            const pqxx::result batch =
                pqxx::nontransaction(connection_)
                    .exec_params(
                        "select m from postrider.forget_messages($1, $2::timestamptz, $3::bigint, $4::int, "
                        "$5::boolean) m order by m",
                        kind, cutoff, last, batch_max, dry_run_);
            if (batch.empty()) return;
            last = batch[batch.size() - 1][0].as<long long>();
            count += static_cast<long long>(batch.size());
        }
    }

    void forget_attempts(std::chrono::hours keep) {
        const std::string cutoff = moment_before(keep);
        for (;;) {
            const auto gone =
                pqxx::nontransaction(connection_)
                    .exec_params1("select postrider.forget_attempts($1::timestamptz, $2::int, $3::boolean)",
                                  cutoff, batch_max, dry_run_)[0]
                    .as<long long>();
            report.attempts += gone;
            if (gone == 0 || dry_run_) return;
        }
    }

    RetentionReport report;

private:
    /// By the database's clock, one for all batches.
    std::string moment_before(std::chrono::hours keep) {
        return pqxx::nontransaction(connection_)
            .exec_params1("select (now() - make_interval(hours => $1::int))::text", keep.count())[0]
            .c_str();
    }

    pqxx::connection& connection_;
    bool dry_run_;
    const std::function<bool(const std::string& name)>& remove_file_;
};

}  // namespace

RetentionReport forget_old(const DatabaseSettings& settings, const RetentionRules& rules, bool dry_run,
                           const std::function<bool(const std::string& name)>& remove_file) {
    inspect_installation(*open_connection(settings));
    const auto connection = open_long_session(settings);
    Run run(*connection, dry_run, remove_file);
    auto media = rules.media;
    if (rules.messages) media = media ? std::min(*media, *rules.messages) : rules.messages;
    if (media) {
        for (const char* kind : {"outgoing", "incoming"}) run.forget_media(kind, *media);
    }
    if (rules.messages) {
        run.forget_messages("outgoing", *rules.messages, run.report.outgoing);
        run.forget_messages("incoming", *rules.messages, run.report.incoming);
    }
    if (rules.journal) run.forget_attempts(*rules.journal);
    return run.report;
}

}  // namespace postrider

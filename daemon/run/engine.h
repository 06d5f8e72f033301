#pragma once

#include "daemon/run/duty.h"
#include "daemon/run/inbound.h"
#include "daemon/run/jobs.h"
#include "daemon/run/media_routes.h"
#include "daemon/run/spooling.h"
#include "daemon/run/switchboard.h"
#include "lib/async/database_clock.h"
#include "lib/async/task_group.h"
#include "lib/config/config.h"
#include "lib/dispatch/account_watch.h"
#include "lib/dispatch/dispatcher.h"
#include "lib/inbound/media_fetch_store.h"
#include "lib/media/linked_media.h"
#include "lib/net/http_client.h"
#include "lib/store/database.h"
#include "lib/store/doorbell.h"
#include "lib/store/held_rows.h"
#include "lib/store/housekeeping.h"
#include "lib/store/installation.h"
#include "lib/store/pg_membership.h"
#include "lib/store/site_monitoring.h"

#include <memory>
#include <vector>

namespace postrider {

/// Everything that sends: the store, the transports and the dispatcher between them, built for a
/// database that has been looked at. Nothing moves before `start`.
class Engine final : public Duty {
public:
    /// Throws SpoolError if the configured spool cannot be used.
    Engine(Executor executor, const Config& config, const std::filesystem::path& config_file,
           DatabaseSettings settings, const Installation& installation,
           std::vector<SiteChannel> site_channels, HttpClient& http, SmtpClient& smtp, Metrics& metrics);

    void start() override;
    /// Lets sends end within `grace`. What comes in is taken still.
    Task<> stop(std::chrono::milliseconds grace) override;
    /// To be called after `stop`, once nothing comes in any more. Is over 20 s after the grace at the latest
    /// (connecting: see `open_connection`), whether or not the database answers.
    Task<> close() override;
    void cut_short() override {
        jobs_->cut_short();
        dispatcher_->cut_short();
    }

    /// Channels, limits and delivery rules; no send is dropped.
    void reconfigure(const Config& config) override;

    /// The files of messages, for providers.
    MediaRoutes& media() { return media_routes_; }
    /// What providers tell us.
    Inbound& inbound() { return *inbound_; }

    bool progresses() const override;
    Task<SiteMonitoring> site_monitoring() override;
    Task<SiteTaskReport> site_tasks() override;
    std::vector<Check> checks() const override;

private:
    /// Of all channels; tells those who need them otherwise.
    DispatchSettings dispatch_settings();
    Task<> look_at_switchboard();
    Task<> housekeeping();
    Task<> close_database_after(std::chrono::milliseconds limit);
    void close_database();
    Check message_check() const;
    std::optional<Check> doubt_check() const;
    Check clock_check() const;

    Executor executor_;
    Config config_;
    Switchboard switchboard_;
    std::string site_schema_;
    TimePoint installed_;
    HeldRows held_;
    Vitals vitals_;
    HttpClient& http_;
    SmtpClient& smtp_;
    DatabaseClock clock_;
    Privacy privacy_;
    MediaRoot media_root_;
    MediaLinks media_links_;
    std::unique_ptr<ImageConverter> converter_;
    BlockingPool files_;
    ConvertedMedia converted_;
    LinkedMedia media_;
    LinkShortening links_;
    MediaRoutes media_routes_;
    std::unique_ptr<Random> random_;
    Database database_;
    std::unique_ptr<PgMembership> membership_;
    std::unique_ptr<Outbox> outbox_;
    Spooling spooling_;
    std::unique_ptr<SuppressionStore> suppression_store_;
    SuppressionList suppressions_;
    std::unique_ptr<InboxStore> inbox_store_;
    std::unique_ptr<MediaFetchStore> media_fetch_store_;
    std::unique_ptr<ForwardStore> forward_store_;
    std::unique_ptr<Inbound> inbound_;
    AccountWatch accounts_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<Jobs> jobs_;
    std::unique_ptr<Doorbell> doorbell_;  // none with `notify: false`
    TaskGroup tasks_;
    TaskGroup watchdogs_;  // ends last
};

}  // namespace postrider

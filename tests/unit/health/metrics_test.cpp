#include "lib/health/metrics.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

TEST(MetricsTest, LagsAreCountedByChannel) {
    Metrics metrics;
    metrics.channel("sms").claimed(3ms);
    metrics.channel("sms").claimed(2s);
    metrics.channel("mail").claimed(-15ms);  // ahead of its moment
    const std::string text = metrics.text({});
    EXPECT_THAT(text, HasSubstr("postrider_due_to_claim_seconds_bucket{channel=\"sms\",le=\"0.005\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("postrider_due_to_claim_seconds_bucket{channel=\"sms\",le=\"+Inf\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("postrider_due_to_claim_seconds_bucket{channel=\"mail\",le=\"0.001\"} 1\n"));
}

TEST(MetricsTest, RequestsAreCountedByTheirOutcome) {
    Metrics metrics;
    metrics.channel("sms").requested(Verdict::sent, 20ms);
    metrics.channel("sms").requested(Verdict::sent, 20ms);
    metrics.channel("sms").requested(Verdict::in_doubt, 15s);
    const std::string text = metrics.text({});
    EXPECT_THAT(text, HasSubstr("postrider_requests_total{channel=\"sms\",outcome=\"sent\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("postrider_requests_total{channel=\"sms\",outcome=\"in_doubt\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("postrider_claim_to_answer_seconds_count{channel=\"sms\"} 3\n"));
}

TEST(MetricsTest, HowLongMessagesTakeToArriveIsCountedByChannel) {
    Metrics metrics;
    metrics.channel("sms").delivered(4s);
    metrics.channel("sms").delivered(-1s);  // the report was faster than our record of the answer
    const std::string text = metrics.text({});
    EXPECT_THAT(
        text, HasSubstr("postrider_accepted_to_delivered_seconds_bucket{channel=\"sms\",le=\"0.001\"} 1\n"));
    EXPECT_THAT(text,
                HasSubstr("postrider_accepted_to_delivered_seconds_bucket{channel=\"sms\",le=\"5\"} 2\n"));
}

TEST(MetricsTest, WhatWebhooksBringIsCountedByWhatBecameOfIt) {
    Metrics metrics;
    metrics.webhooks("sms", "message", "stored", 2);
    metrics.webhooks("sms", "message", "stored", 1);
    metrics.webhooks("sms", "report", "duplicate", 0);
    const std::string text = metrics.text({});
    EXPECT_THAT(
        text, HasSubstr("postrider_webhooks_total{channel=\"sms\",kind=\"message\",result=\"stored\"} 3\n"));
    EXPECT_THAT(
        text,
        HasSubstr("postrider_webhooks_total{channel=\"sms\",kind=\"report\",result=\"duplicate\"} 0\n"));
}

TEST(MetricsTest, WhatTheStatusShowsIsThereToo) {
    Report report;
    report.checks.push_back({.name = "messages",
                             .health = Health::warning,
                             .measures = {{"due", 3, "", "", ""}, {"lag", 1.5, "s", "60", "300"}}});
    report.checks.push_back(
        {.name = "channel crisis-line",
         .measures = {{"crisis-line_due", 2, "", "", ""}, {"crisis-line_sent", 70, "c", "", ""}}});
    const std::string text = Metrics().text(report);
    EXPECT_THAT(text, HasSubstr("postrider_check_health{check=\"messages\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("postrider_check_health{check=\"channel crisis-line\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("postrider_due 3\n"));
    EXPECT_THAT(text, HasSubstr("postrider_lag_seconds 1.5\n"));
    EXPECT_THAT(text, HasSubstr("postrider_channel_due{channel=\"crisis-line\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE postrider_channel_sent_total counter\n"));
    EXPECT_THAT(text, HasSubstr("postrider_channel_sent_total{channel=\"crisis-line\"} 70\n"));
}

TEST(MetricsTest, WhatIsDueIsToldByAge) {
    Report report;
    report.checks.push_back({.name = "channel sms",
                             .measures = {{"sms_due", 3, "", "", ""},
                                          {"sms_due", 2, "", "", "", "under_1m"},
                                          {"sms_due", 1, "", "", "", "older"}}});
    const std::string text = Metrics().text(report);
    EXPECT_THAT(text, HasSubstr("postrider_channel_due{channel=\"sms\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("postrider_channel_due_by_age{channel=\"sms\",age=\"under_1m\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("postrider_channel_due_by_age{channel=\"sms\",age=\"older\"} 1\n"));
    EXPECT_THAT(to_nagios(report), HasSubstr("'sms_due'=3;;;0 'sms_due_under_1m'=2;;;0 'sms_due_older'=1"));
}

TEST(MetricsTest, RunsOfJobsAreCountedByTheirEnd) {
    Metrics metrics;
    metrics.job_ran("nudge", "success", 2s);
    metrics.job_ran("nudge", "success", 400ms);
    metrics.job_ran("nudge", "killed", 5min);
    const std::string text = metrics.text({});
    EXPECT_THAT(text, HasSubstr("postrider_job_runs_total{job=\"nudge\",status=\"success\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("postrider_job_runs_total{job=\"nudge\",status=\"killed\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("postrider_job_run_seconds_bucket{job=\"nudge\",le=\"0.5\"} 1\n"));
}

TEST(MetricsTest, WhatHasNotHappenedYetHasItsChannelsAndIsZero) {
    Metrics metrics;
    metrics.channel("sms");
    const std::string text = metrics.text({});
    EXPECT_THAT(text, HasSubstr("postrider_retries_total{channel=\"sms\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("postrider_requests_total{channel=\"sms\",outcome=\"in_doubt\"} 0\n"))
        << "an alert on an increase needs what it increased from";
    EXPECT_THAT(text, HasSubstr("postrider_build_info{version=\"" POSTRIDER_VERSION "\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace postrider

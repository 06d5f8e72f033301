#include "lib/dispatch/reading_plan.h"

#include <algorithm>

namespace postrider {

namespace {

constexpr int in_a_row_max = 7;
/// What is due about now begins so long ago: transactions and clocks may be a little late.
constexpr std::chrono::seconds lookback{10};

}  // namespace

void ReadingPlan::ring(TimePoint from) { keep_earliest(rung_, start_of(from)); }

void ReadingPlan::start_over() {
    ++plan_;
    rung_.reset();  // all are read, with their neighbours
    near_ = {};
    near_known_until_ = TimePoint::max();
    all_ = {};
}

void ReadingPlan::hurry() { all_.next = std::min(all_.next, all_.ended + all_.spent); }

bool ReadingPlan::has_urgent(TimePoint now) const {
    return rung_ || near_.after || (doorbell_works_ && near_.next <= now);
}

std::optional<ReadingPlan::Page> ReadingPlan::next(TimePoint now, std::optional<MessageKey> refill_from) {
    const bool background = refill_from || all_.after || all_.next <= now;
    if (has_urgent(now) && (!background || urgent_in_a_row_ < in_a_row_max)) {
        ++urgent_in_a_row_;
        return take_urgent(now);
    }
    if (!background) return std::nullopt;
    urgent_in_a_row_ = 0;
    return take_background(now, refill_from);
}

ReadingPlan::Page ReadingPlan::take_urgent(TimePoint now) {
    Page page{.kind = Kind::rung, .after = {}, .plan = plan_};
    if (rung_) {
        page.after = *rung_;
        rung_.reset();  // who rings while it is read is heard
        return page;
    }
    page.kind = Kind::near;
    // From the last time on: it may have been long ago, if reading failed.
    if (!near_.after) begin(near_, start_of(std::min(near_known_until_, now) - lookback), now);
    page.after = *near_.after;
    return page;
}

ReadingPlan::Page ReadingPlan::take_background(TimePoint now, std::optional<MessageKey> refill_from) {
    Page page{.kind = Kind::all, .after = {}, .plan = plan_};
    if (!all_.after && all_.next <= now) {
        begin(all_, first_key, now);
        page.first = true;
    }
    // Where the reading of all comes to what a lane lacks, it serves both.
    const bool refills = refill_from && (!all_.after || *refill_from != next_key(*all_.after));
    if (refills && (!all_.after || refills_in_a_row_ < in_a_row_max)) {
        ++refills_in_a_row_;
        page.kind = Kind::refill;
        page.after = previous_key(*refill_from);
        return page;
    }
    refills_in_a_row_ = 0;
    page.after = *all_.after;
    return page;
}

void ReadingPlan::done(const Page& page, std::optional<MessageKey> last, TimePoint began, TimePoint ended) {
    if (page.plan != plan_) return;
    switch (page.kind) {
        case Kind::rung:
            if (last) keep_earliest(rung_, *last);
            return;
        case Kind::refill: return;  // the lanes know how far they have got
        case Kind::near:
            near_.spent += ended - began;
            near_.after = last;
            if (last) return;
            near_known_until_ = near_.began;
            end(near_, times_.poll_every, times_.share_of_near, times_.near_every_max, ended);
            return;
        case Kind::all:
            all_.spent += ended - began;
            all_.after = last;
            if (last) return;
            if (doorbell_works_) {
                end(all_, times_.poll_every, times_.share_of_all, times_.all_every_max, ended);
            } else {
                end(all_, times_.poll_without_doorbell, times_.share_of_near, times_.near_every_max, ended);
            }
            return;
    }
}

void ReadingPlan::begin(Round& round, MessageKey after, TimePoint now) {
    round.after = after;
    round.began = now;
    round.spent = {};
}

void ReadingPlan::end(Round& round, std::chrono::microseconds every, int share,
                      std::chrono::microseconds most, TimePoint now) {
    round.ended = now;
    const auto rest = std::min<std::chrono::microseconds>(round.spent * (share - 1), most);
    round.next = std::max(round.began + every, now + rest);
}

}  // namespace postrider

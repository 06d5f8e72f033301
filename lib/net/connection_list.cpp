#include "lib/net/connection_list.h"

namespace postrider {

ConnectionList::Place::Place(ConnectionList& list, OpenConnection& connection)
    : list_(list), connection_(connection) {
    auto& idle = list_.of(stage_);
    entry_ = idle.insert(idle.end(), this);
}

ConnectionList::Place::~Place() { list_.of(stage_).erase(entry_); }

void ConnectionList::Place::enter(Stage stage) {
    if (stage_ == Stage::leaving) return;
    auto& to = list_.of(stage);
    to.splice(to.end(), list_.of(stage_), entry_);
    stage_ = stage;
}

std::size_t ConnectionList::size() const {
    std::size_t count = 0;
    for (const Stage stage : {Stage::idle, Stage::receiving, Stage::answering}) {
        count += stages_[static_cast<std::size_t>(stage)].size();
    }
    return count;
}

bool ConnectionList::evict_one() {
    for (const Stage stage : {Stage::idle, Stage::receiving}) {
        if (of(stage).empty()) continue;
        Place& oldest = *of(stage).front();
        oldest.enter(Stage::leaving);
        oldest.connection_.evict();
        return true;
    }
    return false;
}

void ConnectionList::stop_all() {
    for (auto& stage : stages_) {
        for (Place* place : stage) place->connection_.stop();
    }
}

}  // namespace postrider

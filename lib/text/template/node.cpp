#include "lib/text/template/node.h"

#include "lib/text/template/broken.h"

namespace postrider::templates {

void Node::render(Scope& scope) const {
    try {
        scope.pay();
        write(scope);
    } catch (Broken& broken) {
        if (broken.fault.line == 0) broken.fault.line = line_;
        throw;
    }
}

void render_all(const Nodes& nodes, Scope& scope) {
    for (const auto& node : nodes) node->render(scope);
}

}  // namespace postrider::templates

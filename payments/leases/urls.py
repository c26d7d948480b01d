"""Addresses of properties and leases. A reference may contain a slash, so what follows it comes first."""

from django.urls import path

from payments.leases.views import adjustments, caps, leases, lists, properties, terms

app_name = "leases"

urlpatterns = [
    path("", lists.lease_list, name="list"),
    path("add/", leases.lease_add, name="lease_add"),
    path("properties/", lists.property_list, name="property_list"),
    path("properties/add/", properties.property_add, name="property_add"),
    path("properties/<path:ref>/change/", properties.property_change, name="property_change"),
    path("properties/<path:ref>/certificate/", properties.certificate_add, name="certificate_add"),
    path("properties/<path:ref>/", properties.property_detail, name="property_detail"),
    path("certificates/", lists.certificate_list, name="certificate_list"),
    path("certificates/<int:pk>/change/", properties.certificate_change, name="certificate_change"),
    path("adjustments/", adjustments.adjustment_list, name="adjustment_list"),
    path("adjustments/paste/", adjustments.adjustments_paste, name="adjustments_paste"),
    path("adjustments/<int:pk>/withdraw/", adjustments.adjustment_withdraw, name="adjustment_withdraw"),
    path("caps/", caps.cap_list, name="cap_list"),
    path("caps/set/", caps.cap_set, name="cap_set"),
    path("caps/<int:pk>/withdraw/", caps.cap_withdraw, name="cap_withdraw"),
    path("payees/<int:pk>/withdraw/", leases.payee_withdraw, name="payee_withdraw"),
    path("rents/<int:pk>/correct/", terms.rent_correct, name="rent_correct"),
    path("rents/<int:pk>/withdraw/", terms.rent_withdraw, name="rent_withdraw"),
    path("suspensions/<int:pk>/end/", terms.suspension_end, name="suspension_end"),
    path("suspensions/<int:pk>/withdraw/", terms.suspension_withdraw, name="suspension_withdraw"),
    path("holds/<int:pk>/who/", terms.hold_who, name="hold_who"),
    path("holds/<int:pk>/release/", terms.hold_release, name="hold_release"),
    path("holds/<int:pk>/withdraw/", terms.hold_withdraw, name="hold_withdraw"),
    path("lease/<path:ref>/change/", leases.lease_change, name="lease_change"),
    path("lease/<path:ref>/hand-back/", leases.hand_back, name="hand_back"),
    path("lease/<path:ref>/undo-hand-back/", leases.undo_hand_back, name="undo_hand_back"),
    path("lease/<path:ref>/payee/", leases.payee_change, name="payee_change"),
    path("lease/<path:ref>/rent/", terms.rent_set, name="rent_set"),
    path("lease/<path:ref>/suspend/", terms.suspend, name="suspend"),
    path("lease/<path:ref>/hold/", terms.hold, name="hold"),
    path("lease/<path:ref>/adjustment/", adjustments.adjustment_add, name="adjustment_add"),
    path("lease/<path:ref>/", leases.lease_detail, name="lease_detail"),
]

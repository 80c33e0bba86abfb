"""Which address shows which page about tasks, the CD register and its exceptions."""

from django.urls import path

from web.pages import exceptions, register, tasks

urlpatterns = [
    path("tasks/", tasks.tasks_page, name="tasks"),
    path("tasks/<uuid:task_id>/note/", tasks.note_task, name="note_task"),
    path("tasks/<uuid:task_id>/close/", tasks.close_task, name="close_task"),
    path("cd-register/", register.register_page, name="cd_register"),
    path("cd-register/check/", register.balance_check, name="balance_check"),
    path("cd-register/<int:page_id>/", register.page_page, name="cd_register_page"),
    path("cd-register/<int:page_id>/page.pdf", register.page_paper, name="cd_register_paper"),
    path("cd-exceptions/", exceptions.exceptions_page, name="cd_exceptions"),
    path("cd-exceptions/<uuid:exception_id>/review/", exceptions.review_exception, name="review_cd_exception"),
]
